package tlcci.declarative.runtime

import tlcci.declarative.Facts
import tlcci.declarative.Host
import tlcci.declarative.Shapes

/** Runs `post` sections: conditions in Jenkins' order, each judged by the result at its turn. */
class PostActions implements Serializable {
    private static final long serialVersionUID = 1
    Object script
    Host host
    Machines machines

    PostActions(Object script, Host host, Machines machines) {
        this.script = script
        this.host = host
        this.machines = machines
    }

    /** Runs the pipeline's own conditions in a stage of their own; returns the first error. */
    Throwable build(Map root, Throwable error) {
        if (!anyMet(root.post, error)) { return error }
        Throwable result = error
        host.at(root.postLine)
        try {
            script.stage('Declarative: Post Actions') {
                host.ask('stage.synthetic', [stage: 'Declarative: Post Actions', value: 'POST'])
                result = run(root.post, root, result, null)
            }
        } catch (Throwable thrown) {
            if (result == null) { result = thrown }
        }
        return result
    }

    /** Runs the conditions of *stage*; returns the first error. */
    Throwable stage(Map stage, Map agentOf, Throwable error) {
        if (!anyMet(stage.post, error)) { return error }
        host.log('Post stage')
        return run(stage.post, agentOf, error, stage.name)
    }

    private boolean anyMet(Map post, Throwable error) {
        if (post == null) { return false }
        for (int i = 0; i < Shapes.POST_CONDITIONS.size(); i++) {
            String condition = Shapes.POST_CONDITIONS[i]
            if (post.containsKey(condition) && isMet(condition, error, null)) { return true }
        }
        return false
    }

    private Throwable run(Map post, Map agentOf, Throwable error, String stage) {
        for (int i = 0; i < Shapes.POST_CONDITIONS.size(); i++) {
            String condition = Shapes.POST_CONDITIONS[i]
            if (post.containsKey(condition) && isMet(condition, error, stage)) {
                error = runOne(condition, post[condition], agentOf, error, stage)
            }
        }
        return error
    }

    /** The build's result is the condition's while its steps run, and what it was after them, unless they set another. */
    private Throwable runOne(String condition, Closure body, Map agentOf, Throwable error, String stage) {
        String before = host.ask('build.result', [:])
        String during = combined(error, stage)
        try {
            host.ask('build.setResult', [result: during])
            machines.explained(agentOf) { body.call() }
        } catch (Throwable thrown) {
            if (stage != null) { host.ask('stage.tag', [stage: stage, value: 'FAILED_AND_CONTINUED']) }
            host.log('Error when executing ' + condition + ' post condition:')
            host.log(Facts.describe(thrown))
            if (error == null) { error = thrown }
        }
        String after = host.ask('build.result', [:]) ?: 'SUCCESS'
        if (after == during && during != before) { host.ask('build.setResult', [result: before]) }
        return error
    }

    /** Returns the worst of the build's result, of what *error* means, and of the warnings in *stage*. */
    private String combined(Throwable error, String stage) {
        String result = Facts.worse(host.ask('build.result', [:]), host.ask('build.executionResult', [:]))
        if (error != null) { return Facts.worse(result, Facts.resultOf(error)) }
        return stage == null ? result : Facts.worse(result, host.ask('stage.warning', [stage: stage]))
    }

    private boolean isMet(String condition, Throwable error, String stage) {
        switch (condition) {
            case 'always':
            case 'cleanup':
                return true
            case 'changed':
            case 'fixed':
            case 'regression':
                return isTurn(condition, combined(error, null))
            case 'unsuccessful':
                return combined(error, stage) != 'SUCCESS'
            case 'notBuilt':
                return combined(error, stage) == 'NOT_BUILT'
            default:
                return combined(error, stage) == condition.toUpperCase()
        }
    }

    private boolean isTurn(String condition, String result) {
        String before = host.ask('build.previousResult', [:])
        if (before == null) { return condition == 'changed' }
        if (condition == 'changed') { return result != before }
        if (condition == 'fixed') { return result == 'SUCCESS' && (before == 'FAILURE' || before == 'UNSTABLE') }
        return Facts.isWorse(result, before)
    }
}
