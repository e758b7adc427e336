package tlcci.declarative.runtime

import tlcci.declarative.Host
import tlcci.declarative.Skip

/**
 * Runs what the compiler made of a `pipeline` block. It is CPS-transformed as Jenkinsfiles are, and
 * trusted: only the Jenkinsfile's own closures run in the sandbox.
 */
class Interpreter implements Serializable {
    private static final long serialVersionUID = 1
    Object script
    Host host
    Blocks blocks
    Machines machines
    PostActions posts

    Interpreter(Object script, Host host) {
        this.script = script
        this.host = host
        this.blocks = new Blocks(script, host)
        this.machines = new Machines(script, host)
        this.posts = new PostActions(script, host, machines)
    }

    /** Runs the pipeline that *definition* describes; throws the first error of it. */
    void call(Closure definition) {
        Map root = definition.call()
        Throwable error = null
        boolean posted = false
        host.at(root.line)
        host.ask('declarative.start', [:])
        try {
            prepare(root)
            machines.inAgent(root, root, null) {
                blocks.withCredentials(root.environment) {
                    blocks.withEnvironment(root.environment) {
                        blocks.inWrappers(root.options) {
                            // An error of an earlier attempt, where `retry` goes round all, is forgotten.
                            error = null
                            blocks.withTools(root.tools, null, machines.isMachine(root), true) {
                                error = sequence(root, root.stages, error, null, null)
                                posted = true
                                error = posts.build(root, error)
                            }
                            if (error != null) { throw error }
                        }
                    }
                }
            }
        } catch (Throwable thrown) {
            if (error == null) { error = thrown }
        }
        if (!posted) { error = posts.build(root, error) }
        if (error != null) { throw error }
    }

    private void prepare(Map root) {
        if (root.libraries != null) {
            for (int i = 0; i < root.libraries.size(); i++) { script.library(root.libraries[i]) }
        }
        host.ask('declarative.properties', [
            properties: root.options?.properties ?: [], flags: root.options?.flags ?: [:],
            triggers: root.triggers ?: [], parameters: root.parameters ?: [],
        ])
    }

    /** Runs *stages* one after the other, then *parent*'s post conditions; returns the first error. */
    Throwable sequence(Map root, List stages, Throwable error, Map parent, Skip skip) {
        for (int i = 0; i < stages.size(); i++) {
            Map stage = stages[i]
            try {
                runStage(root, stage.agent == null ? root : stage, stage, error, parent, skip)
            } catch (Throwable thrown) {
                failed(stage)
                if (error == null) { error = thrown }
            }
        }
        if (skip == null && parent != null) { error = posts.stage(parent, parent.agent == null ? root : parent, error) }
        return error
    }

    private void failed(Map stage) { host.ask('stage.tag', [stage: stage.name, value: 'FAILED_AND_CONTINUED']) }

    private void runStage(Map root, Map agentOf, Map stage, Throwable error, Map parent, Skip skip) {
        host.at(stage.line)
        script.stage(stage.name) {
            Skip reason = skip
            try {
                if (reason == null && error != null) { reason = new Skip('failure', stage.name) }
                if (reason == null && skipsUnstable(root)) { reason = new Skip('unstable', stage.name) }
                if (reason == null) {
                    blocks.withCell(stage.cell) {
                        WhenGate gate = new WhenGate(script, host, stage.when)
                        enter(root, agentOf, stage, error, parent, gate)
                        if (!gate.passed) {
                            reason = new Skip('when', stage.name)
                            skipStage(root, agentOf, stage, error, reason)
                        }
                    }
                } else {
                    skipStage(root, agentOf, stage, error, reason)
                }
            } catch (Throwable thrown) {
                failed(stage)
                if (error == null) { error = thrown }
            }
            if (reason == null && branchesOf(stage) != null) { error = posts.stage(stage, stage.agent == null ? agentOf : stage, error) }
            if (error != null) { throw error }
        }
    }

    private boolean skipsUnstable(Map root) {
        return root.options?.flags?.skipStagesAfterUnstable != null && script.currentBuild.result == 'UNSTABLE'
    }

    /** Goes through all that stands round a stage's content, in Jenkins' order; *gate* may stop it on the way. */
    private void enter(Map root, Map agentOf, Map stage, Throwable error, Map parent, WhenGate gate) {
        if (!gate.opens('beforeOptions')) { return }
        blocks.inWrappers(stage.options) {
            if (gate.opens('beforeInput')) {
                blocks.afterInput(stage.input, stage.name) {
                    if (branchesOf(stage) == null) {
                        enterMachine(root, agentOf, stage, error, parent, gate)
                    } else if (gate.opens(null)) {
                        blocks.withCredentials(stage.environment) {
                            blocks.withEnvironment(stage.environment) {
                                script.parallel(branches(root, agentOf, stage, error, null))
                            }
                        }
                    }
                }
            }
        }
    }

    private void enterMachine(Map root, Map agentOf, Map stage, Throwable error, Map parent, WhenGate gate) {
        if (!gate.opens('beforeAgent')) { return }
        machines.inAgent(stage, root, stage) {
            if (gate.opens(null)) {
                blocks.withCredentials(stage.environment) {
                    blocks.withEnvironment(stage.environment) {
                        boolean machine = machines.isMachine(stage.agent == null ? root : stage)
                        blocks.withTools(stage.tools, parent?.tools ?: root.tools, machine, false) {
                            content(root, agentOf, stage, error)
                        }
                    }
                }
            }
        }
    }

    private void content(Map root, Map agentOf, Map stage, Throwable error) {
        if (stage.stages != null) {
            Throwable nested = sequence(root, stage.stages, error, stage, null)
            if (nested != null) { throw nested }
            return
        }
        Map machineOf = stage.agent == null ? agentOf : stage
        Throwable thrown = null
        try {
            machines.explained(machineOf) { stage.steps.call() }
        } catch (Throwable caught) {
            failed(stage)
            thrown = caught
        }
        thrown = posts.stage(stage, machineOf, thrown)
        if (thrown != null) { throw thrown }
    }

    /** Returns the stages that run side by side in *stage*, or null; a matrix' cells are stages made from its template. */
    private List branchesOf(Map stage) {
        if (stage.cells == null) { return stage.parallel }
        List made = []
        for (int i = 0; i < stage.cells.size(); i++) {
            made.add(stage.template + [name: stage.cells[i].name, cell: stage.cells[i].values])
        }
        return made
    }

    private Map branches(Map root, Map agentOf, Map stage, Throwable error, Skip skip) {
        Map branches = [:]
        List stages = branchesOf(stage)
        for (int i = 0; i < stages.size(); i++) {
            Map inner = stages[i]
            Skip reason = skip == null ? null : skip.of(inner.name)
            Map machineOf = skip == null && stage.agent != null ? stage : agentOf
            branches[inner.name] = { runStage(root, machineOf, inner, error, stage, reason) }
        }
        if (!branches.isEmpty() && (stage.failFast || root.options?.flags?.parallelsAlwaysFailFast != null)) { branches.failFast = true }
        return branches
    }

    private void skipStage(Map root, Map agentOf, Map stage, Throwable error, Skip skip) {
        host.log(skip.message)
        script.getContext('org.jenkinsci.plugins.workflow.graph.FlowNode')
        host.ask('stage.tag', [stage: stage.name, value: skip.tag])
        if (branchesOf(stage) != null) {
            script.parallel(branches(root, agentOf, stage, error, skip))
        } else if (stage.stages != null) {
            sequence(root, stage.stages, error, stage, skip)
        }
    }
}
