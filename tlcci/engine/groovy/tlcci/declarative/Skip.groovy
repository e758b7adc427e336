package tlcci.declarative

import groovy.transform.CompileStatic

/** Why a stage, and all in it, is not run. */
@CompileStatic
final class Skip implements Serializable {
    private static final long serialVersionUID = 1
    private static final Map<String, List<String>> REASONS = [
        failure: ['SKIPPED_FOR_FAILURE', 'due to earlier failure(s)'],
        unstable: ['SKIPPED_FOR_UNSTABLE', 'due to earlier stage(s) marking the build as unstable'],
        when: ['SKIPPED_FOR_CONDITIONAL', 'due to when conditional'],
    ]
    final String reason
    final String stage

    Skip(String reason, String stage) {
        this.reason = reason
        this.stage = stage
    }

    Skip of(String other) { new Skip(reason, other) }

    String getTag() { REASONS.get(reason).get(0) }

    String getMessage() { "Stage \"${stage}\" skipped ${REASONS.get(reason).get(1)}" }
}
