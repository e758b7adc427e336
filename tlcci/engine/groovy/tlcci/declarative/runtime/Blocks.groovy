package tlcci.declarative.runtime

import tlcci.declarative.Facts
import tlcci.declarative.Host

/** The steps that a pipeline's sections put round its stages. */
class Blocks implements Serializable {
    private static final long serialVersionUID = 1
    Object script
    Host host

    Blocks(Object script, Host host) {
        this.script = script
        this.host = host
    }

    /** Runs *body* with the variables of a matrix cell. */
    void withCell(Map cell, Closure body) {
        if (!cell) {
            body.call()
            return
        }
        List names = Facts.hashed(cell)
        List values = []
        for (int i = 0; i < names.size(); i++) { values.add(names[i] + '=' + cell[names[i]]) }
        script.withEnv(values, body)
    }

    /** Runs *body* with the values of an `environment` section. */
    void withEnvironment(Map environment, Closure body) {
        if (!environment?.values) {
            body.call()
            return
        }
        List names = Facts.hashed(environment.values)
        List values = []
        for (int i = 0; i < names.size(); i++) {
            String name = names[i]
            try {
                values.add("${name}=${environment.values[name].call(lookup(environment.values))}")
            } catch (NullPointerException missing) {
                throw new IllegalArgumentException('One or more variables have some issues with their values: ' + name)
            }
        }
        script.withEnv(values, body)
    }

    /** Returns what a value asks for another variable: one of its own section, or one of the script's. */
    private Closure lookup(Map values) {
        return { where, name -> where == 'own' ? values[name].call(lookup(values)) : global(name) }
    }

    private Object global(String name) {
        try {
            return script.getProperty(name)
        } catch (MissingPropertyException missing) {
            return script.getProperty('params')?.get(name)
        }
    }

    /** Runs *body* with the `credentials(..)` of an `environment` section. */
    void withCredentials(Map environment, Closure body) {
        if (!environment?.credentials) {
            body.call()
            return
        }
        List names = Facts.hashed(environment.credentials)
        List bindings = []
        for (int i = 0; i < names.size(); i++) {
            String id = environment.credentials[names[i]].call(lookup(environment.values))
            List made = Facts.bindings(names[i], id, host.ask('credentials.type', [id: id]))
            for (int j = 0; j < made.size(); j++) { bindings.add(script.invokeMethod(made[j][0], made[j][1])) }
        }
        script.withCredentials(bindings, body)
    }

    /** Runs *body* within the steps that `options` names, the first outermost. */
    void inWrappers(Map options, Closure body) {
        Map wrappers = options?.wrappers ?: [:]
        wrap(new ArrayList(wrappers.keySet()), wrappers, body)
    }

    private void wrap(List names, Map wrappers, Closure body) {
        if (names.isEmpty()) {
            body.call()
            return
        }
        String name = names.remove(0)
        script.invokeMethod(name, Facts.append(wrappers[name]) { wrap(new ArrayList(names), wrappers, body) })
    }

    /** Runs *body* once a person has let the stage on, with what they gave as variables. */
    void afterInput(Map input, String stage, Closure body) {
        if (input == null) {
            body.call()
            return
        }
        Map arguments = [id: Facts.inputId(stage)] + input
        Object given = script.input(arguments)
        List values = []
        if (given instanceof Map) {
            List names = new ArrayList(given.keySet())
            for (int i = 0; i < names.size(); i++) { values.add(names[i] + '=' + given[names[i]]) }
        } else if (input.submitterParameter != null) {
            values.add(input.submitterParameter + '=' + given)
        } else if (input.parameters?.size() == 1) {
            values.add(input.parameters[0].arguments.name + '=' + given)
        }
        if (input.parameters || input.submitterParameter != null) {
            script.withEnv(values, body)
        } else {
            body.call()
        }
    }

    /** Runs *body* with the tools of a stage and of what stands round it; there are none without a machine. */
    void withTools(Map own, Map outer, boolean machine, boolean top, Closure body) {
        Map tools = (outer ?: [:]) + (own ?: [:])
        if (!machine || tools.isEmpty()) {
            body.call()
            return
        }
        List values = []
        if (top) {
            script.stage('Declarative: Tool Install') {
                host.ask('stage.synthetic', [stage: 'Declarative: Tool Install', value: 'PRE'])
                values = install(tools)
            }
        } else {
            values = install(tools)
        }
        script.withEnv(values, body)
    }

    private List install(Map tools) {
        List values = []
        List kinds = new ArrayList(tools.keySet())
        for (int i = 0; i < kinds.size(); i++) {
            String version = tools[kinds[i]].call()
            String type = Facts.toolType(kinds[i])
            script.tool(name: version, type: type)
            values.addAll(script.envVarsForTool(toolId: type, toolVersion: version))
        }
        return values
    }
}
