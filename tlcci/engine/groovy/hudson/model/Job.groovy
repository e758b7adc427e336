package hudson.model

import groovy.transform.CompileStatic
import org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper

/** The job of a build, for scripts that were approved to reach it. */
@CompileStatic
class Job implements Serializable {
    private static final long serialVersionUID = 1
    private final RunWrapper build

    Job(RunWrapper build) { this.build = build }

    /** Returns the newest build, which is the one that runs: a job's builds run one after the other here. */
    Run getLastBuild() { new Run(build) }
    String getName() { build.projectName }
    String getFullName() { build.fullProjectName }
}
