package tlcci.sandbox

import groovy.transform.CompileStatic
import java.lang.reflect.Constructor
import java.lang.reflect.Field
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException

/** Writes members as the lines by which Jenkins approves them, and refusals as Jenkins words them. */
@CompileStatic
final class Signatures {
    private Signatures() { }

    static String typeName(Class<?> type) {
        return type.array ? typeName(type.componentType) + '[]' : type.name
    }

    static String typeOf(Object value) {
        return value == null ? 'null' : typeName(value.class)
    }

    static String of(Method method) {
        String kind = Modifier.isStatic(method.modifiers) ? 'staticMethod ' : 'method '
        return kind + typeName(method.declaringClass) + ' ' + method.name + types(method.parameterTypes)
    }

    static String of(Constructor<?> constructor) {
        return 'new ' + typeName(constructor.declaringClass) + types(constructor.parameterTypes)
    }

    static String of(Field field) {
        String kind = Modifier.isStatic(field.modifiers) ? 'staticField ' : 'field '
        return kind + typeName(field.declaringClass) + ' ' + field.name
    }

    /** The types of *values*, each with a space before it. */
    static String typesOf(Object[] values) {
        StringBuilder text = new StringBuilder()
        for (Object value : values) {
            text.append(' ').append(typeOf(value))
        }
        return text.toString()
    }

    static RejectedAccessException refuse(String signature, String detail = null) {
        String message = 'Scripts not permitted to use ' + signature
        RejectedAccessException refusal = new RejectedAccessException(
            detail == null ? message : message + ' (' + detail + ')', signature)
        Sandbox.refused(refusal)
        return refusal
    }

    /** A refusal of something for which no approval line exists. */
    static RejectedAccessException unknown(String message) {
        return new RejectedAccessException(message, null)
    }

    private static String types(Class<?>[] types) {
        StringBuilder text = new StringBuilder()
        for (Class<?> type : types) {
            text.append(' ').append(typeName(type))
        }
        return text.toString()
    }
}
