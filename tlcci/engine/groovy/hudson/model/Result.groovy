package hudson.model

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted

/** A build's result; results are ordered from best to worst. */
@CompileStatic
@Permitted
final class Result implements Serializable {
    private static final long serialVersionUID = 1
    static final Result SUCCESS = new Result('SUCCESS', 0)
    static final Result UNSTABLE = new Result('UNSTABLE', 1)
    static final Result FAILURE = new Result('FAILURE', 2)
    static final Result NOT_BUILT = new Result('NOT_BUILT', 3)
    static final Result ABORTED = new Result('ABORTED', 4)
    private static final List<Result> ALL = [SUCCESS, UNSTABLE, FAILURE, NOT_BUILT, ABORTED]

    private final String name
    final int ordinal

    private Result(String name, int ordinal) {
        this.name = name
        this.ordinal = ordinal
    }

    /** Returns the result of that name; any other text is FAILURE, as in Jenkins. */
    static Result fromString(String text) {
        for (Result result : ALL) { if (result.name.equalsIgnoreCase(text)) { return result } }
        return FAILURE
    }

    boolean isWorseThan(Result that) { ordinal > that.ordinal }
    boolean isWorseOrEqualTo(Result that) { ordinal >= that.ordinal }
    boolean isBetterThan(Result that) { ordinal < that.ordinal }
    boolean isBetterOrEqualTo(Result that) { ordinal <= that.ordinal }

    private Object readResolve() { fromString(name) }

    @Override
    String toString() { name }
}
