package tlcci

import com.cloudbees.groovy.cps.SerializableScript
import groovy.transform.CompileStatic
import org.codehaus.groovy.runtime.InvokerHelper
import org.jenkinsci.plugins.workflow.cps.DSL
import org.jenkinsci.plugins.workflow.cps.EnvActionImpl
import org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper
import tlcci.declarative.Declarative
import tlcci.sandbox.Permitted

/** The base class of Jenkinsfiles: what is no method and no variable of theirs is a step, a symbol or a global. */
@CompileStatic
abstract class PipelineScript extends SerializableScript {
    private static final long serialVersionUID = 1
    private static final DSL STEPS = new DSL()

    @Permitted
    PipelineScript() { super() }

    @Override
    Object invokeMethod(String name, Object args) {
        Object[] list = InvokerHelper.asArray(args)
        Object bound = binding.variables.get(name)
        if (bound instanceof Closure) { return ((Closure) bound).call(list) }
        if (name == 'pipeline' && list.length == 1 && list[0] instanceof Closure) { return Declarative.run(this, (Closure) list[0]) }
        return Program.current.invokeStep(name, list)
    }

    /** A method pointer such as `this.&sh` comes here, not to `invokeMethod`. */
    Object methodMissing(String name, Object args) {
        Object[] list = InvokerHelper.asArray(args)
        boolean wrapped = list.length == 1 && list[0] instanceof Object[]
        return invokeMethod(name, wrapped ? list[0] : list)
    }

    @Override
    Object getProperty(String name) {
        try {
            return super.getProperty(name)
        } catch (MissingPropertyException ignored) {
            Object value = global(name)
            if (value == null) { throw new MissingPropertyException(name, Binding) }
            return value
        }
    }

    /** Compiles *text* as this script was, so that it may call steps and is guarded alike. */
    @Override
    Object evaluate(String text) { Program.current.evaluate(text) }

    private Object global(String name) {
        switch (name) {
            case 'env': return new EnvActionImpl()
            case 'currentBuild': return new RunWrapper(0)
            case 'steps': return STEPS
            case 'docker': return new Docker(this)
            case 'params': return Collections.unmodifiableMap(new HashMap((Map) Program.current.ask('params', [:])))
            case 'scm': return Values.decode(Program.current.ask('scm', [:]))
            default: return Program.current.ask('env.get', [name: name])
        }
    }

    // Groovy's own methods of these names would win over the steps.
    Object sleep(long time) { invokeMethod('sleep', time) }
    void print(Object text) { invokeMethod('echo', String.valueOf(text)) }
    void println() { invokeMethod('echo', '') }
    void println(Object text) { invokeMethod('echo', String.valueOf(text)) }
    void printf(String format, Object value) { invokeMethod('echo', String.format(format, value instanceof Object[] ? (Object[]) value : [value] as Object[])) }
    void printf(String format, Object[] values) { invokeMethod('echo', String.format(format, values)) }
}
