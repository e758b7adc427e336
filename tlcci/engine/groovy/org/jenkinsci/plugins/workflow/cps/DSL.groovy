package org.jenkinsci.plugins.workflow.cps

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted
import org.codehaus.groovy.runtime.InvokerHelper
import tlcci.Program

/** The global `steps`: each of its methods is a step. */
@CompileStatic
@Permitted
final class DSL extends GroovyObjectSupport implements Serializable {
    private static final long serialVersionUID = 1

    @Override
    Object invokeMethod(String name, Object args) { Program.current.invokeStep(name, InvokerHelper.asArray(args)) }
}
