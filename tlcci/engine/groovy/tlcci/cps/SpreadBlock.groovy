package tlcci.cps

import com.cloudbees.groovy.cps.Block
import com.cloudbees.groovy.cps.Continuation
import com.cloudbees.groovy.cps.Env
import com.cloudbees.groovy.cps.Next
import groovy.transform.CompileStatic
import org.codehaus.groovy.runtime.InvokerHelper
import org.codehaus.groovy.runtime.typehandling.DefaultTypeTransformation

/** `*list` or `*:map`: gives a value that the literal or the call around it takes apart. */
@CompileStatic
class SpreadBlock implements Block {
    private static final long serialVersionUID = 1L
    private final Block value
    private final boolean map

    SpreadBlock(Block value, boolean map) {
        this.value = value
        this.map = map
    }

    Next eval(Env e, Continuation k) {
        return new Next(value, e, new Spread(e, k, map))
    }

    /** *values* with each spread list among them replaced by its elements. */
    static Object[] flatten(Object[] values) {
        List<Object> all = []
        for (Object value : values) {
            if (value instanceof Elements) {
                Collections.addAll(all, ((Elements) value).values)
            } else {
                all.add(value)
            }
        }
        return all.toArray()
    }

    @CompileStatic
    static class Elements implements Serializable {
        private static final long serialVersionUID = 1L
        final Object[] values

        Elements(Object[] values) {
            this.values = values
        }
    }

    @CompileStatic
    private static class Spread implements Continuation {
        private static final long serialVersionUID = 1L
        private final Env e
        private final Continuation k
        private final boolean map

        Spread(Env e, Continuation k, boolean map) {
            this.e = e
            this.k = k
            this.map = map
        }

        Next receive(Object value) {
            Object spread
            try {
                spread = map ? InvokerHelper.spreadMap(value) : new Elements(elements(value))
            } catch (IllegalArgumentException | SpreadMapEvaluatingException fault) {
                return e.getExceptionHandler(fault.class).receive(fault)
            }
            return k.receive(spread)
        }

        private static Object[] elements(Object value) {
            if (value == null) {
                return [null] as Object[]
            }
            if (value instanceof List) {
                return ((List) value).toArray()
            }
            if (value.class.array) {
                return DefaultTypeTransformation.primitiveArrayToList(value).toArray()
            }
            String fault = 'cannot spread the type ' + value.class.name + ' with value ' + value
            throw new IllegalArgumentException(
                value instanceof Map ? fault + ', did you mean to use the spread-map operator instead?' : fault)
        }
    }
}
