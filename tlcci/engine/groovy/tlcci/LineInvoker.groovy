package tlcci

import com.cloudbees.groovy.cps.MethodLocation
import com.cloudbees.groovy.cps.impl.CallSiteBlock
import com.cloudbees.groovy.cps.impl.FunctionCallBlock
import com.cloudbees.groovy.cps.impl.SourceLocation
import com.cloudbees.groovy.cps.sandbox.Invoker
import groovy.transform.CompileStatic
import java.lang.reflect.Field

/** Notes the line of each call before it is made, so that a step knows where in the Jenkinsfile it stands. */
@CompileStatic
final class LineInvoker implements Invoker {
    private static final long serialVersionUID = 1
    private static final Field LOCATION = field(FunctionCallBlock, 'loc')
    private static final Field METHOD = field(SourceLocation, 'method')
    private static final Field LINE = field(SourceLocation, 'lineNumber')
    private final Invoker wrapped

    LineInvoker(Invoker wrapped) { this.wrapped = wrapped }

    private static Field field(Class type, String name) {
        Field found = type.getDeclaredField(name)
        found.setAccessible(true)
        return found
    }

    Invoker contextualize(CallSiteBlock site) {
        if (site instanceof FunctionCallBlock) {
            Object location = LOCATION.get(site)
            if (location != null && !isOurs(location)) { Program.current.line = LINE.getInt(location) }
        }
        Invoker here = wrapped.contextualize(site)
        return here.is(wrapped) ? this : new LineInvoker(here)
    }

    /** Whether the call stands in the interpreter of Declarative, whose lines are no lines of a Jenkinsfile. */
    private static boolean isOurs(Object location) {
        Object method = METHOD.get(location)
        return method != null && ((MethodLocation) method).declaringClass.startsWith('tlcci.')
    }

    /** Groovy adds methods of these names to every object; in a closure they are the script's, as at its top level. */
    private static final Set<String> SCRIPT_METHODS = ['sleep', 'print', 'println', 'printf'] as Set<String>

    Object methodCall(Object receiver, String name, Object[] args) {
        if (receiver instanceof Map && name == 'entrySet' && args.length == 0) { return entries((Map) receiver) }
        Object target = receiver
        if (receiver instanceof Closure && SCRIPT_METHODS.contains(name)) { target = ((Closure) receiver).thisObject ?: receiver }
        wrapped.methodCall(target, name, args)
    }

    /** Entries that can be saved, as Jenkins gives them. */
    private static List entries(Map<?, ?> map) {
        List copies = new ArrayList()
        for (Map.Entry entry : map.entrySet()) { copies.add(new AbstractMap.SimpleImmutableEntry(entry.key, entry.value)) }
        return copies
    }

    Object constructorCall(Class type, Object[] args) { wrapped.constructorCall(type, args) }
    Object superCall(Class type, Object receiver, String name, Object[] args) { wrapped.superCall(type, receiver, name, args) }
    Object getProperty(Object receiver, String name) { wrapped.getProperty(receiver, name) }
    void setProperty(Object receiver, String name, Object value) { wrapped.setProperty(receiver, name, value) }
    Object getAttribute(Object receiver, String name) { wrapped.getAttribute(receiver, name) }
    void setAttribute(Object receiver, String name, Object value) { wrapped.setAttribute(receiver, name, value) }
    Object getArray(Object receiver, Object index) { wrapped.getArray(receiver, index) }
    void setArray(Object receiver, Object index, Object value) { wrapped.setArray(receiver, index, value) }
    Object methodPointer(Object receiver, String name) { wrapped.methodPointer(receiver, name) }
}
