package tlcci.sandbox

import groovy.transform.CompileStatic
import java.lang.reflect.Field
import java.lang.reflect.Member
import java.lang.reflect.Method
import org.codehaus.groovy.runtime.MetaClassHelper
import org.codehaus.groovy.runtime.metaclass.ClosureMetaMethod

/**
 * Finds which member a property stands for, and refuses when none of the candidates is permitted.
 *
 * The first candidate found, not the last, gives the refusal its name.
 */
@CompileStatic
final class PropertyRules {
    private static final Object[] NONE = new Object[0]
    private final Rules rules

    PropertyRules(Rules rules) {
        this.rules = rules
    }

    /** Returns the error that a script's unknown name must end as, null for other receivers; throws a refusal. */
    MissingPropertyException checkRead(Object receiver, String name) {
        MissingPropertyException missing = null
        if (receiver instanceof Script) {
            if (((Script) receiver).binding.hasVariable(name)) {
                return null
            }
            missing = new MissingPropertyException(name, Binding)
        }
        if (name == 'length' && receiver.class.array) {
            return null
        }
        Candidates seen = new Candidates(receiver)
        if (readsPermitted(seen, receiver, name)) {
            return missing
        }
        if (missing != null) {
            throw missing
        }
        throw seen.refusal(name)
    }

    void checkWrite(Object receiver, String name, Object value) {
        if (receiver instanceof Script && name != 'binding' && name != 'metaClass') {
            return
        }
        Candidates seen = new Candidates(receiver)
        if (!writesPermitted(seen, receiver, name, value)) {
            throw seen.refusal(name)
        }
    }

    static MissingPropertyException noField(Object receiver, String name) {
        return new MissingPropertyException('No such field found: field ' + Signatures.typeOf(receiver) + ' ' + name)
    }

    private boolean readsPermitted(Candidates seen, Object receiver, String name) {
        String getter = 'get' + MetaClassHelper.capitalize(name)
        String asker = 'is' + MetaClassHelper.capitalize(name)
        if (seen.permits(MemberFinder.method(receiver, getter, NONE))
                || seen.permits(asking(MemberFinder.method(receiver, asker, NONE)))) {
            return true
        }
        Object[] self = [receiver] as Object[]
        for (Class home : Interceptor.ADDED) {
            if (seen.permits(MemberFinder.declared(home, getter, self))
                    || seen.permits(asking(MemberFinder.declared(home, asker, self)))) {
                return true
            }
        }
        if (seen.permits(MemberFinder.field(receiver, name))) {
            return true
        }
        if (receiver instanceof Script && seen.refused != null) {
            return false  // no global and no variable of the environment is called like a closed property
        }
        Method reader = MemberFinder.method(receiver, 'getProperty', [name] as Object[])
        if (reader != null && !writtenByCompiler(receiver, reader) && seen.permits(reader, receiver.class.name + '.' + name)) {
            return true
        }
        return hasClosureGetter(receiver, getter) || (receiver instanceof Class
            && classReadPermitted(seen, (Class<?>) receiver, getter, asker, name))
    }

    private static boolean classReadPermitted(Candidates seen, Class<?> type, String getter, String asker, String name) {
        return seen.permits(MemberFinder.declared(type, getter, NONE)) ||
            seen.permits(asking(MemberFinder.declared(type, asker, NONE))) ||
            seen.permits(TypeMembers.of(type).fieldNamed(name))
    }

    private static boolean writesPermitted(Candidates seen, Object receiver, String name, Object value) {
        String setter = 'set' + MetaClassHelper.capitalize(name)
        Object[] given = [value] as Object[]
        List<Method> setters = MemberFinder.setters(receiver, setter)
        Method chosen = setters.size() == 1 ? setters[0] : MemberFinder.method(receiver, setter, given)
        if (seen.permits(chosen)) {
            return true
        }
        Method writer = MemberFinder.method(receiver, 'setProperty', [name, value] as Object[])
        if (writer != null && !writtenByCompiler(receiver, writer) && seen.permits(writer, receiver.class.name + '.' + name)) {
            return true
        }
        if (seen.permits(MemberFinder.field(receiver, name))) {
            return true
        }
        if (!(receiver instanceof Class)) {
            return false
        }
        Class<?> type = (Class<?>) receiver
        List<Method> owned = MemberFinder.declaredSetters(type, setter)
        return seen.permits(owned.size() == 1 ? owned[0] : MemberFinder.declared(type, setter, given)) ||
            seen.permits(TypeMembers.of(type).fieldNamed(name))
    }

    private static Method asking(Method method) {
        return method != null && method.returnType == boolean.class ? method : null
    }

    /** Groovy gives each of the host's classes these methods; only a marked one was written by hand. */
    private static boolean writtenByCompiler(Object receiver, Method accessor) {
        return receiver.class.classLoader == PropertyRules.classLoader && !(receiver instanceof Script) && !(receiver instanceof Closure) &&
            !Rules.isOverridden(accessor, receiver)
    }

    private static boolean hasClosureGetter(Object receiver, String getter) {
        try {
            return org.codehaus.groovy.runtime.InvokerHelper.getMetaClass(receiver)
                .pickMethod(getter, new Class[0]) instanceof ClosureMetaMethod
        } catch (GroovyRuntimeException ignored) {
            return false
        }
    }

    /** The members looked at for one property, and the first that was refused. */
    @CompileStatic
    private class Candidates {
        private final Object receiver
        private Member refused
        private String detail

        Candidates(Object receiver) {
            this.receiver = receiver
        }

        boolean permits(Member member, String why = null) {
            if (member == null) {
                return false
            }
            boolean yes = member instanceof Method
                ? rules.permitsCall((Method) member, receiver) : rules.permits(member)
            if (!yes && refused == null) {
                refused = member
                detail = why
            }
            return yes
        }

        RuntimeException refusal(String name) {
            return refused == null ? noField(receiver, name) : Signatures.refuse(Rules.signatureOf(refused), detail)
        }
    }
}
