package org.jenkinsci.plugins.workflow.cps

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted
import tlcci.Program

/** The global `env`: the environment where the reading step stands. */
@CompileStatic
final class EnvActionImpl extends GroovyObjectSupport implements Serializable {
    private static final long serialVersionUID = 1

    @Override
    @Permitted
    Object getProperty(String name) {
        return Program.current.ask('env.get', [name: name])
    }

    @Override
    @Permitted
    void setProperty(String name, Object value) { Program.current.ask('env.set', [name: name, value: String.valueOf(value)]) }

    Map<String, String> getEnvironment() { (Map<String, String>) Program.current.ask('env.all', [:]) }
}
