package org.jenkinsci.plugins.workflow.cps

import com.cloudbees.groovy.cps.Block
import com.cloudbees.groovy.cps.Env
import com.cloudbees.groovy.cps.impl.CpsClosure
import groovy.transform.CompileStatic

/** A closure of a Jenkinsfile; messages show the name of its class. */
@CompileStatic
class CpsClosure2 extends CpsClosure {
    private static final long serialVersionUID = 1

    CpsClosure2(Object owner, Object thisObject, List<String> parameters, Block body, Env capture) {
        super(owner, thisObject, parameters, body, capture)
    }
}
