// Compiles each Jenkinsfile that it is given, as the engine does, and prints its faults after its name.
import com.cloudbees.groovy.cps.CpsTransformer
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import tlcci.declarative.DeclarativeCustomizer

System.out = new PrintStream(System.out, true, 'UTF-8')
args.each { path ->
    def configuration = new CompilerConfiguration()
    configuration.addCompilationCustomizers(new DeclarativeCustomizer(), new CpsTransformer())
    def shell = new GroovyShell(this.class.classLoader, new Binding(), configuration)
    println "== ${path}"
    try {
        shell.parse(new GroovyCodeSource(new File(path).getText('UTF-8'), 'WorkflowScript', '/groovy/shell'))
    } catch (MultipleCompilationErrorsException faulty) {
        faulty.errorCollector.errors.each { println it.cause.message }
    }
}
