package org.jenkinsci.plugins.workflow.steps

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted
import hudson.model.Result

/** A step was interrupted: by a person, a timeout, a sibling branch or a lost machine. */
@CompileStatic
@Permitted
final class FlowInterruptedException extends InterruptedException {
    final Result result
    final List causes
    final boolean actualInterruption

    FlowInterruptedException(String result, boolean actualInterruption, List causes) {
        this.result = Result.fromString(result)
        this.actualInterruption = actualInterruption
        this.causes = causes
    }

    boolean isActualInterruption() { actualInterruption }
}
