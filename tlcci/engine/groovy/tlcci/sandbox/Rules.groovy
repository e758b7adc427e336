package tlcci.sandbox

import com.cloudbees.groovy.cps.Continuable
import groovy.transform.CompileStatic
import java.lang.reflect.AccessibleObject
import java.lang.reflect.Constructor
import java.lang.reflect.Field
import java.lang.reflect.Member
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import org.codehaus.groovy.runtime.GStringImpl

/** Says whether a script may use a member; each answer is kept, for a script asks the same again. */
@CompileStatic
final class Rules {
    private static final Set<String> SCRIPT_METHODS = [
        'invokeMethod', 'evaluate', 'println', 'print', 'printf', 'sleep',
    ] as Set<String>
    private static final Set<String> NEVER = [
        'method java.lang.Runtime exit int', 'method java.lang.Runtime halt int',
        'staticMethod java.lang.System exit int',
    ] as Set<String>
    private static final String CPS_METHODS = 'com.cloudbees.groovy.cps.Cps'
    private static final String GROOVY_METHODS = 'org.codehaus.groovy.runtime.'

    private final PermittedList list
    private final Map<Member, Boolean> answers = new HashMap<>()

    Rules(PermittedList list) {
        this.list = list
    }

    boolean permitsCall(Method method, Object receiver) {
        return permits(method) || (receiver instanceof Script && permitsOnScript(method)) || isOverridden(method, receiver)
    }

    /** A host class may permit its own version of what is closed in general, such as `getProperty`. */
    protected static boolean isOverridden(Method method, Object receiver) {
        Class<?> type = receiver == null || receiver instanceof Class ? null : receiver.class
        if (type == null || type.classLoader != Rules.classLoader) { return false }
        try {
            return isMarked(type.getMethod(method.name, method.parameterTypes))
        } catch (NoSuchMethodException ignored) {
            return false
        }
    }

    boolean permits(Member member) {
        Boolean known = answers.get(member)
        if (known == null) {
            known = decide(member)
            answers.put(member, known)
        }
        return known
    }

    private boolean decide(Member member) {
        if (isOfScript(member.declaringClass)) {
            return !member.synthetic || isHarmlessSynthetic(member)
        }
        String signature = signatureOf(member)
        if (NEVER.contains(signature)) {
            return false
        }
        if (isMarked(member) || list.permits(member, signature)) {
            return true
        }
        if (member instanceof Constructor) {
            return member.declaringClass == GStringImpl
        }
        return member instanceof Method && Continuable.categories.contains(member.declaringClass) &&
            permitsTranslated((Method) member)
    }

    static String signatureOf(Member member) {
        if (member instanceof Method) {
            return Signatures.of((Method) member)
        }
        return member instanceof Field ? Signatures.of((Field) member) : Signatures.of((Constructor<?>) member)
    }

    /** The base class answers these itself (a step, or the log); Groovy's own never run. */
    private static boolean permitsOnScript(Method method) {
        return SCRIPT_METHODS.contains(method.name) || method.name == 'getProperty'
    }

    /** Whether a script (or a library loaded beside it) wrote *type*. */
    private static boolean isOfScript(Class<?> type) {
        ClassLoader loader = type.classLoader
        return loader instanceof GroovyClassLoader && !Sandbox.isHostLoader(loader)
    }

    private static boolean isMarked(Member member) {
        return ((AccessibleObject) member).isAnnotationPresent(Permitted) ||
            member.declaringClass.isAnnotationPresent(Permitted)
    }

    /** What the compiler adds to inner classes and enums; the rest of its additions stays closed. */
    private static boolean isHarmlessSynthetic(Member member) {
        Class<?> type = member.declaringClass
        if (member instanceof Field) {
            return member.name.startsWith('this$') || (type.enum && member.name == '$VALUES')
        }
        if (member instanceof Constructor) {
            Class<?>[] wanted = ((Constructor<?>) member).parameterTypes
            return type.enclosingClass != null && wanted.length > 0 && wanted[0] == type.enclosingClass
        }
        return type.enum && Modifier.isStatic(member.modifiers) && member.name == '$INIT'
    }

    /** A method rewritten for suspension is as permitted as the Groovy method it stands for. */
    private boolean permitsTranslated(Method method) {
        String home = method.declaringClass.name
        if (!home.startsWith(CPS_METHODS)) {
            return false
        }
        Class<?> original = Class.forName(GROOVY_METHODS + home.substring(CPS_METHODS.length()))
        String name = method.name.startsWith('$') ? method.name.substring(1).replaceFirst('__.+$', '') : method.name
        for (Method candidate : original.methods) {
            if (candidate.name == name && candidate.parameterTypes == method.parameterTypes) {
                return permits(candidate)
            }
        }
        return false
    }
}
