package tlcci

import com.cloudbees.groovy.cps.Continuable
import com.cloudbees.groovy.cps.Outcome
import groovy.transform.CompileStatic

/** One line of execution of the program: the main script, or the body of a block step. */
@CompileStatic
final class GreenThread implements Serializable {
    private static final long serialVersionUID = 1
    final int id
    /** The line that it came to. */
    int line
    Continuable program
    /** The step that the thread waits for; null while it can run. */
    StepCall waiting
    /** What the next run starts with; null while the thread waits. */
    transient Outcome next

    GreenThread(int id, Continuable program) {
        this.id = id
        this.program = program
        this.next = new Outcome(null, null)
    }
}
