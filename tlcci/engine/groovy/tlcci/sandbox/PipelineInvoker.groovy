package tlcci.sandbox

import com.cloudbees.groovy.cps.sandbox.CallSiteTag
import com.cloudbees.groovy.cps.sandbox.Invoker
import com.cloudbees.groovy.cps.sandbox.SandboxInvoker
import com.cloudbees.groovy.cps.impl.CallSiteBlock
import groovy.transform.CompileStatic
import org.codehaus.groovy.reflection.ParameterTypes
import org.codehaus.groovy.runtime.MetaClassHelper

/** Calls as the sandbox of today's Jenkins does, where the older one of the interpreter differs. */
@CompileStatic
class PipelineInvoker extends SandboxInvoker {
    private static final long serialVersionUID = 1L

    @Override
    Object constructorCall(Class type, Object[] args) throws Throwable {
        if (!hasConstructor(type, args)) {
            throw new SecurityException(
                'Unable to find constructor: new ' + Signatures.typeName(type) + Signatures.typesOf(args))
        }
        return super.constructorCall(type, args)
    }

    private static boolean hasConstructor(Class<?> type, Object[] args) {
        Class[] types = MetaClassHelper.convertToTypeArray(args)
        boolean named = args.length == 1 && args[0] instanceof Map
        for (java.lang.reflect.Constructor<?> candidate : TypeMembers.of(type).constructors) {
            if (new ParameterTypes(candidate.parameterTypes).isValidMethod(types)
                    || (named && candidate.parameterCount == 0)) {
                return true
            }
        }
        return false
    }
}
