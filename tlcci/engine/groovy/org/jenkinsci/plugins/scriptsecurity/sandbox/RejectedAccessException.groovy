package org.jenkinsci.plugins.scriptsecurity.sandbox

import groovy.transform.CompileStatic

/** A script touched a member that nobody approved; carries Jenkins' name so that scripts can catch it. */
@CompileStatic
final class RejectedAccessException extends SecurityException {
    /** The line that would approve the member, or null where no line can. */
    final String signature

    RejectedAccessException(String message, String signature) {
        super(message)
        this.signature = signature
    }
}
