package tlcci.sandbox

import com.google.common.primitives.Primitives
import groovy.transform.CompileStatic
import java.lang.reflect.Constructor
import java.lang.reflect.Field
import java.lang.reflect.Method
import org.codehaus.groovy.runtime.typehandling.DefaultTypeTransformation

/**
 * Finds the member that a Groovy call reaches, by the rules that Jenkins' script-security follows.
 *
 * These are not Groovy's own rules: an approval is given to the most general declaration, and
 * the recorded refusals name members found this way.
 */
@CompileStatic
final class MemberFinder {
    private MemberFinder() { }

    static Method method(Object receiver, String name, Object[] args) {
        TypeMembers members = TypeMembers.of(receiver.class)
        if (receiver instanceof GroovyInterceptable && name != 'invokeMethod') {
            return method(receiver, 'invokeMethod', [name, args] as Object[])
        }
        for (Class<?> type : members.lineage) {
            Method found = declared(type, name, args)
            if (found != null) {
                return found
            }
        }
        return receiver instanceof GString ? declared(String, name, args) : null
    }

    /** All one-argument methods called *name* that *receiver* has, to judge a property's setter. */
    static List<Method> setters(Object receiver, String name) {
        List<Method> found = new ArrayList<>()
        for (Class<?> type : TypeMembers.of(receiver.class).lineage) {
            found.addAll(declaredSetters(type, name))
        }
        return found
    }

    static List<Method> declaredSetters(Class<?> type, String name) {
        List<Method> found = new ArrayList<>()
        for (Method method : TypeMembers.of(type).methodsNamed(name)) {
            if (method.parameterCount == 1) {
                found.add(method)
            }
        }
        return found
    }

    static Method declared(Class<?> type, String name, Object[] args) {
        Method best = null
        boolean bestSpreads = false
        for (Method method : TypeMembers.of(type).methodsNamed(name)) {
            Class<?>[] wanted = method.parameterTypes
            boolean spreads = method.varArgs || packsTail(wanted, args)
            if (fits(wanted, args, spreads)
                    && (best == null || beats(method, wanted, spreads, best, best.parameterTypes, bestSpreads))) {
                best = method
                bestSpreads = spreads
            }
        }
        return best
    }

    static Constructor<?> constructor(Class<?> type, Object[] args) {
        Constructor<?> best = null
        for (Constructor<?> candidate : TypeMembers.of(type).constructors) {
            Class<?>[] wanted = candidate.parameterTypes
            if (fits(wanted, args, candidate.varArgs) && (best == null || beats(
                    candidate, wanted, candidate.varArgs, best, best.parameterTypes, best.varArgs))) {
                best = candidate
            }
        }
        if (best == null && args.length == 1 && args[0] instanceof Map) {
            // new Point(x: 1, y: 2): Groovy makes the object empty and sets its properties.
            for (Constructor<?> candidate : TypeMembers.of(type).constructors) {
                if (candidate.parameterCount == 0) {
                    return candidate
                }
            }
        }
        return best
    }

    static Field field(Object receiver, String name) {
        for (Class<?> type : TypeMembers.of(receiver.class).lineage) {
            Field found = TypeMembers.of(type).fieldNamed(name)
            if (found != null) {
                return found
            }
        }
        return null
    }

    private static boolean fits(Class<?>[] wanted, Object[] args, boolean spreads) {
        Object[] given = spreads ? packed(wanted, args) : args
        if (given.length != wanted.length) {
            return false
        }
        for (int i = 0; i < wanted.length; i++) {
            if (!accepts(wanted[i], given[i])) {
                return false
            }
        }
        return true
    }

    private static boolean accepts(Class<?> type, Object value) {
        if (value == null) {
            return !type.primitive
        }
        if (type.isInstance(value) || (type == String && value instanceof GString)) {
            return true
        }
        return type.primitive && acceptsBoxed(Primitives.wrap(type), value)
    }

    private static boolean acceptsBoxed(Class<?> type, Object value) {
        if (type.isInstance(value) || (type == Long && value instanceof Integer)) {
            return true
        }
        if (type == Integer && value instanceof Long) {
            long number = (Long) value
            return number >= Integer.MIN_VALUE && number <= Integer.MAX_VALUE
        }
        return false
    }

    /** *args* with the tail made into the array that a variable-arity member takes. */
    private static Object[] packed(Class<?>[] wanted, Object[] args) {
        int fixed = wanted.length - 1
        int tail = args.length - fixed
        if (tail < 0 || (tail == 1 && wanted[fixed].isInstance(args[fixed]))) {
            return args
        }
        Class<?> element = wanted[fixed].componentType
        Class<?> boxed = Primitives.wrap(element)
        if (tail > 0 && args[fixed] != null && !boxed.isInstance(args[fixed])) {
            return args
        }
        Object[] whole = new Object[fixed + 1]
        System.arraycopy(args, 0, whole, 0, fixed)
        whole[fixed] = DefaultTypeTransformation.castToVargsArray(args, fixed, wanted[fixed])
        return whole
    }

    /** Groovy also packs the tail for a last array parameter that was not declared variable. */
    private static boolean packsTail(Class<?>[] wanted, Object[] args) {
        int last = wanted.length - 1
        if (last < 1 || !wanted[last].array || args.length <= wanted.length) {
            return false
        }
        Class<?> element = wanted[last].componentType
        for (int i = last; i < args.length; i++) {
            if (args[i] != null && !element.isAssignableFrom(args[i].class)) {
                return false
            }
        }
        return true
    }

    private static boolean beats(Object one, Class<?>[] ones, boolean oneSpreads,
                                 Object other, Class<?>[] others, boolean otherSpreads) {
        if (oneSpreads != otherSpreads) {
            return otherSpreads
        }
        for (int i = 0; i < ones.length && i < others.length; i++) {
            Class<?> mine = Primitives.wrap(ones[i])
            Class<?> theirs = Primitives.wrap(others[i])
            if (mine.isAssignableFrom(theirs)) {
                return false
            }
            if (theirs.isAssignableFrom(mine) || (mine == Integer && theirs == Long)) {
                return true
            }
            if (mine == Long && theirs == Integer) {
                return false
            }
        }
        // Nothing tells them apart; the choice only has to be the same every time.
        return one.toString().compareTo(other.toString()) > 0
    }
}
