package hudson

import groovy.transform.CompileStatic

/** A failure that needs no stack trace in the log. */
@CompileStatic
class AbortException extends IOException {
    AbortException() { }
    AbortException(String message) { super(message) }
}
