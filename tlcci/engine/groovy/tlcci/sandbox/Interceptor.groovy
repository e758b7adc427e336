package tlcci.sandbox

import groovy.transform.CompileStatic
import java.lang.reflect.Constructor
import java.lang.reflect.Field
import java.lang.reflect.Member
import java.lang.reflect.Method
import org.codehaus.groovy.runtime.DateGroovyMethods
import org.codehaus.groovy.runtime.DefaultGroovyMethods
import org.codehaus.groovy.runtime.EncodingGroovyMethods
import org.codehaus.groovy.runtime.InvokerHelper
import org.codehaus.groovy.runtime.ProcessGroovyMethods
import org.codehaus.groovy.runtime.SqlGroovyMethods
import org.codehaus.groovy.runtime.StringGroovyMethods
import org.codehaus.groovy.runtime.SwingGroovyMethods
import org.codehaus.groovy.runtime.XmlGroovyMethods
import org.codehaus.groovy.runtime.metaclass.ClosureMetaMethod
import org.kohsuke.groovy.sandbox.GroovyInterceptor

/** Stands between a script and every call it makes, and refuses as Jenkins' script-security does. */
@CompileStatic
final class Interceptor extends GroovyInterceptor {
    /** Where Groovy keeps the methods it adds to other classes, in the order that it looks. */
    static final List<Class> ADDED = [
        DefaultGroovyMethods, StringGroovyMethods, SwingGroovyMethods, SqlGroovyMethods,
        XmlGroovyMethods, EncodingGroovyMethods, DateGroovyMethods, ProcessGroovyMethods,
    ]
    /** Arithmetic on numbers is made by the interpreter; no member declares it. */
    private static final Set<String> ARITHMETIC = [
        'plus', 'minus', 'multiply', 'div', 'compareTo', 'or', 'and', 'xor', 'intdiv', 'mod',
        'leftShift', 'rightShift', 'rightShiftUnsigned',
    ] as Set<String>

    private final Rules rules
    private final PropertyRules properties

    Interceptor(Rules rules) {
        this.rules = rules
        this.properties = new PropertyRules(rules)
    }

    @Override
    Object onMethodCall(GroovyInterceptor.Invoker invoker, Object receiver, String name, Object... args) throws Throwable {
        Method method = MemberFinder.method(receiver, name, args)
        if (method == null) {
            return callUndeclared(invoker, receiver, name, args)
        }
        if (rules.permitsCall(method, receiver)) {
            return super.onMethodCall(invoker, receiver, name, args)
        }
        String detail = null
        if (name == 'invokeMethod' && args.length == 2 && args[0] instanceof String && args[1] instanceof Object[]) {
            detail = Signatures.typeOf(receiver) + ' ' + args[0] + Signatures.typesOf((Object[]) args[1])
        }
        throw Signatures.refuse(Signatures.of(method), detail)
    }

    @Override
    Object onNewInstance(GroovyInterceptor.Invoker invoker, Class type, Object... args) throws Throwable {
        Constructor<?> constructor = MemberFinder.constructor(type, args)
        if (constructor == null) {
            throw Signatures.unknown(
                'No such constructor found: new ' + Signatures.typeName(type) + Signatures.typesOf(args))
        }
        demand(constructor)
        return super.onNewInstance(invoker, type, args)
    }

    @Override
    Object onStaticCall(GroovyInterceptor.Invoker invoker, Class type, String name, Object... args) throws Throwable {
        Method method = MemberFinder.declared(type, name, args)
        if (method == null) {
            throw Signatures.unknown('No such static method found: staticMethod '
                + Signatures.typeName(type) + ' ' + name + Signatures.typesOf(args))
        }
        demand(method)
        return super.onStaticCall(invoker, type, name, args)
    }

    @Override
    Object onSuperCall(GroovyInterceptor.Invoker invoker, Class sender, Object receiver, String name, Object... args) throws Throwable {
        Method method = MemberFinder.method(receiver, name, args)
        if (method == null) {
            throw Signatures.unknown('No such method found: super.method '
                + Signatures.typeOf(receiver) + ' ' + name + Signatures.typesOf(args))
        }
        if (!rules.permitsCall(method, receiver)) {
            throw Signatures.refuse(Signatures.of(method))
        }
        return super.onSuperCall(invoker, sender, receiver, name, args)
    }

    @Override
    Object onGetProperty(GroovyInterceptor.Invoker invoker, Object receiver, String name) throws Throwable {
        MissingPropertyException missing = properties.checkRead(receiver, name)
        try {
            return super.onGetProperty(invoker, receiver, name)
        } catch (MissingPropertyException e) {
            // A script's unknown name is reported as its binding's, as Jenkins words it.
            throw missing != null && e.property == name && e.type == receiver.class ? missing : e
        }
    }

    @Override
    Object onSetProperty(GroovyInterceptor.Invoker invoker, Object receiver, String name, Object value) throws Throwable {
        properties.checkWrite(receiver, name, value)
        return super.onSetProperty(invoker, receiver, name, value)
    }

    @Override
    Object onGetAttribute(GroovyInterceptor.Invoker invoker, Object receiver, String name) throws Throwable {
        demandAttribute(receiver, name)
        return super.onGetAttribute(invoker, receiver, name)
    }

    @Override
    Object onSetAttribute(GroovyInterceptor.Invoker invoker, Object receiver, String name, Object value) throws Throwable {
        demandAttribute(receiver, name)
        return super.onSetAttribute(invoker, receiver, name, value)
    }

    @Override
    Object onGetArray(GroovyInterceptor.Invoker invoker, Object receiver, Object index) throws Throwable {
        if (!(receiver.class.array && index instanceof Integer)
                && !checkElement(receiver, 'getAt', [index] as Object[])) {
            throw Signatures.unknown('No such getAt method found: method '
                + Signatures.typeOf(receiver) + '[' + Signatures.typeOf(index) + ']')
        }
        return super.onGetArray(invoker, receiver, index)
    }

    @Override
    Object onSetArray(GroovyInterceptor.Invoker invoker, Object receiver, Object index, Object value) throws Throwable {
        if (!(receiver.class.array && index instanceof Integer)
                && !checkElement(receiver, 'putAt', [index, value] as Object[])) {
            throw Signatures.unknown('No such putAt method found: putAt method ' + Signatures.typeOf(receiver)
                + '[' + Signatures.typeOf(index) + ']=' + Signatures.typeOf(value))
        }
        return super.onSetArray(invoker, receiver, index, value)
    }

    /** A call that no class of the receiver declares: Groovy's additions, then what catches all. */
    private Object callUndeclared(GroovyInterceptor.Invoker invoker, Object receiver, String name, Object[] args) throws Throwable {
        if (receiver instanceof Number && ARITHMETIC.contains(name)) {
            return super.onMethodCall(invoker, receiver, name, args)
        }
        Object[] self = new Object[args.length + 1]
        self[0] = receiver
        System.arraycopy(args, 0, self, 1, args.length)
        Method refused = null
        for (Class home : ADDED) {
            Method added = MemberFinder.declared(home, name, self)
            if (added != null && rules.permits(added)) {
                return super.onMethodCall(invoker, receiver, name, args)
            }
            refused = refused == null ? added : refused
        }
        if (refused != null) {
            throw Signatures.refuse(Signatures.of(refused))
        }
        Object callable = callableHeld(invoker, receiver, name, args)
        if (callable != null) {
            return onMethodCall(invoker, callable, 'call', args)
        }
        if (catchesAll(receiver)) {
            return onMethodCall(invoker, receiver, 'invokeMethod', name, args)
        }
        if (pickMeta(receiver, name, args) instanceof ClosureMetaMethod) {
            return super.onMethodCall(invoker, receiver, name, args)
        }
        throw new MissingMethodException(name, receiver.class, args)
    }

    /** What a map or a script's binding holds under *name*, when it can be called. */
    private Object callableHeld(GroovyInterceptor.Invoker invoker, Object receiver, String name, Object[] args) throws Throwable {
        if (receiver instanceof Map) {
            Object held = onMethodCall(invoker, receiver, 'get', name)
            return held instanceof Closure ? held : null
        }
        if (receiver instanceof Script && ((Script) receiver).binding.hasVariable(name)) {
            Object held = ((Script) receiver).binding.getVariable(name)
            return InvokerHelper.getMetaClass(held).respondsTo(held, 'call', args).isEmpty() ? null : held
        }
        return null
    }

    private static boolean catchesAll(Object receiver) {
        try {
            receiver.class.getMethod('invokeMethod', String, Object)
            return true
        } catch (NoSuchMethodException ignored) {
            return false
        }
    }

    private static MetaMethod pickMeta(Object receiver, String name, Object[] args) {
        Class[] types = new Class[args.length]
        for (int i = 0; i < args.length; i++) {
            types[i] = args[i] == null ? void.class : args[i].class
        }
        try {
            return InvokerHelper.getMetaClass(receiver).pickMethod(name, types)
        } catch (GroovyRuntimeException ignored) {
            return null  // ambiguous: Groovy itself will say so
        }
    }

    /** Checks the method behind `a[b]`; false when there is none. */
    private boolean checkElement(Object receiver, String name, Object[] args) {
        Method method = MemberFinder.method(receiver, name, args)
        if (method != null) {
            if (!rules.permitsCall(method, receiver)) {
                throw Signatures.refuse(Signatures.of(method))
            }
            return true
        }
        Object[] self = new Object[args.length + 1]
        self[0] = receiver
        System.arraycopy(args, 0, self, 1, args.length)
        for (Class home : ADDED) {
            Method added = MemberFinder.declared(home, name, self)
            if (added != null) {
                demand(added)
                return true
            }
        }
        return false
    }

    private void demandAttribute(Object receiver, String name) {
        Field field = MemberFinder.field(receiver, name)
        if (field != null && rules.permits(field)) {
            return
        }
        Field owned = receiver instanceof Class ? TypeMembers.of((Class<?>) receiver).fieldNamed(name) : null
        if (owned != null) {
            demand(owned)
            return
        }
        if (field != null) {
            throw Signatures.refuse(Signatures.of(field))
        }
        throw PropertyRules.noField(receiver, name)
    }

    private void demand(Member member) {
        if (!rules.permits(member)) {
            throw Signatures.refuse(Rules.signatureOf(member))
        }
    }
}
