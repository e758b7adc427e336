package hudson.model

import groovy.transform.CompileStatic
import jenkins.model.HistoricalBuild
import org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper

/** The build behind `currentBuild.rawBuild`: as much of it as approved scripts use. */
@CompileStatic
class Run implements HistoricalBuild, Serializable {
    private static final long serialVersionUID = 1
    protected final Job project
    private final RunWrapper build

    Run(RunWrapper build) {
        this.build = build
        this.project = new Job(build)
    }

    Job getParent() { project }
    int getNumber() { build.number }
    Result getResult() { build.result == null ? null : Result.fromString(build.result) }
}
