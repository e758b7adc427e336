package org.jenkinsci.plugins.pipeline.modeldefinition

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted
import tlcci.Program

/** What scripted Jenkinsfiles import of Declarative's. */
@CompileStatic
@Permitted
final class Utils {
    private Utils() { }

    /** Marks the stage called *stageName* as skipped by a condition. */
    static void markStageSkippedForConditional(String stageName) {
        Program.current.ask('stage.skip', [stage: stageName, reason: 'SKIPPED_FOR_CONDITIONAL'])
    }
}
