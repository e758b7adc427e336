package org.jenkinsci.plugins.workflow.steps

import groovy.transform.CompileStatic

/** A step stands outside the block that gives what it needs. */
@CompileStatic
final class MissingContextVariableException extends Exception {
    MissingContextVariableException(String message) { super(message) }
}
