package tlcci

import groovy.transform.CompileStatic

/** A step that the program waits for: what `Continuable.suspend` yields. */
@CompileStatic
final class StepCall implements Serializable {
    private static final long serialVersionUID = 1
    final int id
    final String name
    final List args
    /** The closures among the arguments; Python names one by its place in this list. */
    final List<Closure> closures
    final int line

    StepCall(int id, String name, List args, List<Closure> closures, int line) {
        this.id = id
        this.name = name
        this.args = args
        this.closures = closures
        this.line = line
    }
}
