package tlcci.declarative.runtime

import tlcci.declarative.Facts
import tlcci.declarative.Host

/** Takes the machine that an `agent` section asks for, and checks the sources out there. */
class Machines implements Serializable {
    private static final long serialVersionUID = 1
    static final String NO_MACHINE = 'Attempted to execute a step that requires a node context while ‘agent none’ was specified. ' +
        'Be sure to specify your own ‘node { ... }’ blocks when using ‘agent none’.'
    Object script
    Host host

    Machines(Object script, Host host) {
        this.script = script
        this.host = host
    }

    /** Whether the agent of *holder*, a stage or the whole pipeline, is a machine. */
    boolean isMachine(Map holder) {
        Map agent = holder.agentFacts ?: [none: true]
        return !agent.containsKey('none')
    }

    /** Runs *body* where *holder*'s agent says. *stage* is the stage that is entered, or null for the whole pipeline. */
    void inAgent(Map holder, Map root, Map stage, Closure body) {
        Map agent = null
        if (holder.agent != null) {
            agent = holder.agent.call()
            holder.agentFacts = agent
        } else if (renewsContainer(root)) {
            agent = root.agentFacts
        }
        if (agent == null || agent.containsKey('none')) {
            body.call()
            return
        }
        Map flags = (root.options?.flags ?: [:]) + (stage?.options?.flags ?: [:])
        if (agent.containsKey('docker') || agent.containsKey('dockerfile')) {
            inContainer(agent, root, stage, flags, body)
            return
        }
        Object asked = agent.any ? [label: null] : (agent.containsKey('node') ? agent.node : agent.label)
        Map node = asked instanceof Map ? asked : [label: asked]
        onNode(node, agent.containsKey('any'), flags, stage == null, body)
    }

    private boolean renewsContainer(Map root) {
        Map agent = root.agentFacts ?: [:]
        return root.options?.flags?.newContainerPerStage != null && (agent.containsKey('docker') || agent.containsKey('dockerfile'))
    }

    private void onNode(Map node, boolean any, Map flags, boolean top, Closure body) {
        int retries = node.retries ?: 0
        if (retries > 1) {
            List conditions = [script.invokeMethod('agent', [] as Object[]), script.invokeMethod('nonresumable', [] as Object[])]
            script.retry(count: retries, conditions: conditions) { onNodeOnce(node, any, flags, top, body) }
        } else {
            onNodeOnce(node, any, flags, top, body)
        }
    }

    private void onNodeOnce(Map node, boolean any, Map flags, boolean top, Closure body) {
        Closure work = {
            if (node.customWorkspace) {
                script.ws(node.customWorkspace) { checkedOut(flags, top, body) }
            } else {
                checkedOut(flags, top, body)
            }
        }
        if (any) {
            script.node(work)
        } else {
            script.node(node.label, work)
        }
    }

    private void checkedOut(Map flags, boolean top, Closure body) {
        Map variables = [:]
        if (!skipsCheckout(flags) && hasSources()) {
            String folder = first(flags.checkoutToSubdirectory)
            if (folder) {
                script.dir(folder) { variables = checkout(top) }
            } else {
                variables = checkout(top)
            }
        }
        if (variables.isEmpty()) {
            body.call()
            return
        }
        List values = []
        List names = new ArrayList(variables.keySet())
        for (int i = 0; i < names.size(); i++) { values.add(names[i] + '=' + variables[names[i]]) }
        script.withEnv(values, body)
    }

    private Map checkout(boolean top) {
        Map variables = [:]
        if (top) {
            script.stage('Declarative: Checkout SCM') {
                host.ask('stage.synthetic', [stage: 'Declarative: Checkout SCM', value: 'PRE'])
                variables = script.checkout(script.scm) ?: [:]
            }
        } else {
            variables = script.checkout(script.scm) ?: [:]
        }
        return variables
    }

    /** Returns the value of an option that takes one, however it was given. */
    private Object first(List arguments) {
        Object value = arguments ? arguments[0] : null
        return value instanceof Map ? new ArrayList(value.values())[0] : value
    }

    private boolean skipsCheckout(Map flags) {
        return flags.skipDefaultCheckout != null && (flags.skipDefaultCheckout.isEmpty() || first(flags.skipDefaultCheckout))
    }

    private boolean hasSources() {
        try {
            script.getProperty('scm')
            return true
        } catch (Exception none) {
            return false
        }
    }

    private void inContainer(Map agent, Map root, Map stage, Map flags, Closure body) {
        boolean file = agent.containsKey('dockerfile')
        Object asked = file ? agent.dockerfile : agent.docker
        Map container = asked instanceof Map ? asked : (file ? [:] : [image: asked])
        boolean perStage = flags.newContainerPerStage != null
        if (perStage && stage == null) {
            // The machine is taken once; each stage starts a container of its own on it.
            onNode(container, container.label == null, flags, true, body)
        } else if (container.reuseNode || (perStage && stage.agent == null)) {
            run(container, file, stage == null, body)
        } else {
            onNode(container, container.label == null, flags, stage == null) { run(container, file, stage == null, body) }
        }
    }

    private void run(Map container, boolean file, boolean top, Closure body) {
        if (container.registryUrl) {
            script.docker.withRegistry(container.registryUrl, container.registryCredentialsId) { runInside(container, file, top, body) }
        } else {
            runInside(container, file, top, body)
        }
    }

    private void runInside(Map container, boolean file, boolean top, Closure body) {
        Object image = null
        if (file || container.alwaysPull) {
            if (top) {
                script.stage('Declarative: Agent Setup') {
                    host.ask('stage.synthetic', [stage: 'Declarative: Agent Setup', value: 'PRE'])
                    image = prepare(container, file)
                }
            } else {
                image = prepare(container, file)
            }
        } else {
            image = script.docker.image(container.image)
        }
        image.inside(container.args ?: '', body)
    }

    private Object prepare(Map container, boolean file) {
        if (!file) {
            Object image = script.docker.image(container.image)
            image.pull()
            return image
        }
        String folder = container.dir ?: '.'
        String path = (container.dir ? container.dir + '/' : '') + (container.filename ?: 'Dockerfile')
        String more = container.additionalBuildArgs ? ' ' + container.additionalBuildArgs : ''
        String text = script.readFile(path)
        String name = Facts.sha1(script.currentBuild.fullProjectName + '\n' + text + '\n' + more)
        script.sh('docker build -t ' + name + more + ' -f "' + path + '" "' + folder + '"')
        return script.docker.image(name)
    }

    /** Runs *body*; says what is meant where one of its steps lacks a machine because there is none. */
    void explained(Map holder, Closure body) {
        try {
            body.call()
        } catch (Throwable error) {
            if (Facts.lacksMachine(error) && !isMachine(holder)) { script.error(NO_MACHINE) }
            throw error
        }
    }
}
