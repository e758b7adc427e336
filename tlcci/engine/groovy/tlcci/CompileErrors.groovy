package tlcci

import groovy.transform.CompileStatic
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.codehaus.groovy.control.messages.SyntaxErrorMessage

/** A script that does not compile, as facts for Python. */
@CompileStatic
final class CompileErrors {
    private CompileErrors() { }

    static Map encode(Throwable error) {
        List faults = new ArrayList()
        if (error instanceof MultipleCompilationErrorsException) {
            for (Object message : ((MultipleCompilationErrorsException) error).errorCollector.errors) {
                if (message instanceof SyntaxErrorMessage) {
                    def cause = ((SyntaxErrorMessage) message).cause
                    faults.add([line: cause.startLine, column: cause.startColumn, message: cause.originalMessage])
                }
            }
        }
        return [t: 'compile-error', type: error.class.name, message: error.message, faults: faults]
    }
}
