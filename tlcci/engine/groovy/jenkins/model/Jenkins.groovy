package jenkins.model

import groovy.transform.CompileStatic

/** There is no controller behind the embedded engine; a script that was approved to ask for it is told so. */
@CompileStatic
class Jenkins {
    private Jenkins() { }

    static Jenkins getInstance() {
        throw new IllegalStateException('Jenkins.instance: there is no controller behind the embedded engine; run it with --engine jenkins')
    }
    static Jenkins get() { instance }
    static Jenkins getInstanceOrNull() { null }
}
