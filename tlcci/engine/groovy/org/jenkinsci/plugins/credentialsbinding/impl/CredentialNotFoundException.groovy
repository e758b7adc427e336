package org.jenkinsci.plugins.credentialsbinding.impl

import groovy.transform.CompileStatic
import hudson.AbortException

/** No credential has the id that was asked for, or it is of another kind. */
@CompileStatic
final class CredentialNotFoundException extends AbortException {
    CredentialNotFoundException(String message) { super(message) }
}
