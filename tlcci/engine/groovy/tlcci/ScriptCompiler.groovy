package tlcci

import com.cloudbees.groovy.cps.NonCPS
import groovy.transform.CompileStatic
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.customizers.ImportCustomizer
import tlcci.sandbox.Sandbox
import tlcci.declarative.DeclarativeCustomizer

/** Compiles pipeline scripts with the CPS transformation, and runs them as they expect. */
@CompileStatic
final class ScriptCompiler {
    private final GroovyShell shell
    private final Binding binding = new PipelineBinding()
    private int loaded

    ScriptCompiler(Map settings) {
        CompilerConfiguration configuration = new CompilerConfiguration()
        configuration.scriptBaseClass = PipelineScript.name
        configuration.targetBytecode = CompilerConfiguration.JDK8
        configuration.sourceEncoding = 'UTF-8'
        ImportCustomizer imports = new ImportCustomizer()
        imports.addStarImports(NonCPS.package.name, 'hudson.model', 'jenkins.model')
        configuration.addCompilationCustomizers(imports)
        configuration.addCompilationCustomizers(new DeclarativeCustomizer())
        String permitted = new File((String) settings.get('permitted')).getText('UTF-8')
        Set<String> approved = new HashSet<String>((List<String>) settings.get('approved'))
        Sandbox.configure(configuration, permitted, approved, settings.get('sandbox') == true)
        shell = new GroovyShell(ScriptCompiler.classLoader, binding, configuration)
    }

    PipelineScript compile(String name, String text) {
        GroovyCodeSource source = new GroovyCodeSource(text, name, '/groovy/shell')
        return (PipelineScript) shell.parse(source)
    }

    /** Compiles a script that the program loads or evaluates; one that does not compile leaves its name free. */
    PipelineScript compileNext(String text) {
        Sandbox.leave()  // making the script's object is no call of the running one's
        try {
            PipelineScript script = compile("Script${loaded + 1}.groovy".toString(), text)
            loaded++
            return script
        } finally {
            Sandbox.enter()
        }
    }

    /** Runs *work* with all that scripts need in place. */
    void within(Closure work) {
        Sandbox.enter()
        try {
            work.call()
        } finally {
            Sandbox.leave()
        }
    }
}
