package tlcci.sandbox

import com.cloudbees.groovy.cps.sandbox.DefaultInvoker
import com.cloudbees.groovy.cps.sandbox.Invoker
import groovy.transform.CompileStatic
import java.util.function.Consumer
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.transform.ASTTransformation
import org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException
import tlcci.cps.PipelineTransformer

/**
 * The one door to the sandbox: how scripts are compiled, what calls them, and what is refused.
 *
 * It is fidelity, not isolation: it refuses what Jenkins would refuse, and stops nobody who
 * means harm. `configure` once, `enter` before the Groovy thread runs a script.
 */
@CompileStatic
final class Sandbox {
    private static final Set<ClassLoader> HOST_LOADERS = hostLoaders()
    private static boolean enabled = true
    private static Interceptor interceptor
    private static Consumer<RejectedAccessException> listener

    private Sandbox() { }

    /** Makes *cc* compile scripts for suspension, sandboxed unless *enabled* is false. */
    static void configure(CompilerConfiguration cc, String permitted, Set<String> approved, boolean enabled) {
        this.enabled = enabled
        cc.addCompilationCustomizers(new PipelineTransformer(enabled))
        cc.disabledGlobalASTTransformations = ['groovy.grape.GrabAnnotationTransformation'] as Set<String>
        interceptor = enabled ? new Interceptor(new Rules(new PermittedList(permitted, approved))) : null
    }

    /** The invoker that a script's first environment takes (`Envs.empty(Sandbox.invoker())`). */
    static Invoker invoker() {
        return enabled ? new PipelineInvoker() : new DefaultInvoker()
    }

    /** Called with each refusal when it is made, to write the line that offers the approval. */
    static void onRefusal(Consumer<RejectedAccessException> listener) {
        this.listener = listener
    }

    /** Guards the calling thread until `leave`. */
    static void enter() {
        interceptor?.register()
    }

    static void leave() {
        interceptor?.unregister()
    }

    protected static void refused(RejectedAccessException refusal) {
        listener?.accept(refusal)
    }

    /** A host compiled on the fly is loaded by Groovy too, and is still no script. */
    protected static boolean isHostLoader(ClassLoader loader) {
        return HOST_LOADERS.contains(loader) || HOST_LOADERS.contains(loader.parent)
    }

    private static Set<ClassLoader> hostLoaders() {
        Set<ClassLoader> own = new HashSet<>()
        for (ClassLoader loader = Sandbox.classLoader; loader instanceof GroovyClassLoader; loader = loader.parent) {
            own.add(loader)
        }
        return own
    }
}
