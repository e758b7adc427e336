package org.jenkinsci.plugins.workflow.cps

import groovy.transform.CompileStatic
import org.codehaus.groovy.control.MultipleCompilationErrorsException

/** A loaded script does not compile; unlike Groovy's own error, it can be saved with the program. */
@CompileStatic
final class CpsCompilationErrorsException extends RuntimeException {
    private static final long serialVersionUID = 1

    CpsCompilationErrorsException(MultipleCompilationErrorsException original) {
        super(original.message)
        stackTrace = original.stackTrace
    }
}
