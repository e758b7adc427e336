package tlcci

import com.cloudbees.groovy.cps.Continuable
import com.cloudbees.groovy.cps.Env
import groovy.transform.CompileStatic
import java.lang.reflect.Field

/**
 * Finds what Jenkins could not save of a program that waits for a step. Jenkins writes the whole program to
 * disk at each step, so that a build survives a restart, and fails the step when a variable cannot be written.
 * Here only the variables in scope are looked at; Jenkins' own iterators are taken to be serialisable.
 */
@CompileStatic
final class Saving {
    // These classes are the interpreter's own, so they are reached by name.
    private static final String IMPL = 'com.cloudbees.groovy.cps.impl.'
    private static final Class CLOSURE = Class.forName(IMPL + 'ClosureCallEnv')
    private static final Field PROGRAM_ENV = field(Continuable, 'e')
    private static final Field PARENT = field(Class.forName(IMPL + 'ProxyEnv'), 'parent')
    private static final Field CALLER = field(Class.forName(IMPL + 'CallEnv'), 'caller')
    private static final List<Field> LOCALS = ['BlockScopeEnv', 'FunctionCallEnv', 'ClosureCallEnv'].collect { String name ->
        field(Class.forName(IMPL + name), 'locals')
    }

    private Saving() { }

    private static Field field(Class type, String name) {
        Field found = type.getDeclaredField(name)
        found.setAccessible(true)
        return found
    }

    /** Returns the exception that saving *program* ends with in Jenkins, or null. */
    static NotSerializableException fault(Continuable program) {
        Env env = (Env) PROGRAM_ENV.get(program)
        while (env != null) {
            NotSerializableException found = faultIn(env)
            if (found != null) { return found }
            env = PARENT.declaringClass.isInstance(env) ? (Env) PARENT.get(env) : CALLER.declaringClass.isInstance(env) ? (Env) CALLER.get(env) : null
        }
        return null
    }

    private static NotSerializableException faultIn(Env env) {
        Field field = LOCALS.find { Field each -> each.declaringClass.isInstance(env) }
        Map locals = field == null ? null : (Map) field.get(env)
        if (locals == null) { return null }
        for (Object value : locals.values()) {
            // `map.each { e -> .. }` gives entries of its own in Jenkins, which can be saved.
            if (CLOSURE.isInstance(env) && value instanceof Map.Entry) { continue }
            NotSerializableException found = faultOf(value)
            if (found != null) { return found }
        }
        return null
    }

    private static NotSerializableException faultOf(Object value) {
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean || value instanceof GString) { return null }
        if (value instanceof Closure || value instanceof Script || value instanceof Class || value instanceof Iterator) { return null }
        try {
            new ObjectOutputStream(new Nowhere()).writeObject(value)
        } catch (NotSerializableException found) {
            return found.message =~ /^(tlcci|com\.cloudbees)\.|Itr$|Iterator$/ ? null : found
        } catch (IOException | RuntimeException ignored) {
            return null
        }
        return null
    }

    @CompileStatic
    private static final class Nowhere extends OutputStream {
        @Override
        void write(int b) { }

        @Override
        void write(byte[] bytes, int start, int length) { }
    }
}
