package tlcci

import groovy.transform.CompileStatic
import org.codehaus.groovy.control.CompilerConfiguration
import tlcci.cps.PipelineTransformer

/** Compiles a script that nobody runs: the compiler's classes are then there when the Jenkinsfile comes. */
@CompileStatic
final class WarmUp {
    private WarmUp() { }

    static void run() {
        CompilerConfiguration configuration = new CompilerConfiguration()
        configuration.scriptBaseClass = PipelineScript.name
        configuration.targetBytecode = CompilerConfiguration.JDK8
        configuration.addCompilationCustomizers(new PipelineTransformer(true))
        new GroovyShell(WarmUp.classLoader, new Binding(), configuration).parse('def a = [b: "${1}"]\nnode { if (a.b) { echo a.b } }', 'WarmUp')
    }
}
