package tlcci.cps

import com.cloudbees.groovy.cps.Continuation
import com.cloudbees.groovy.cps.Env
import com.cloudbees.groovy.cps.LValue
import com.cloudbees.groovy.cps.LValueBlock
import com.cloudbees.groovy.cps.Next
import groovy.transform.CompileStatic

/** A place to assign to, whose assignment gives the assigned value (the library's gives null). */
@CompileStatic
class AssignedBlock extends LValueBlock {
    private static final long serialVersionUID = 1L
    private final LValueBlock place

    AssignedBlock(LValueBlock place) {
        this.place = place
    }

    @Override
    protected Next evalLValue(Env e, Continuation k) {
        return place.asLValue().eval(e, new Wrap(k))
    }

    @CompileStatic
    private static class Wrap implements Continuation {
        private static final long serialVersionUID = 1L
        private final Continuation k

        Wrap(Continuation k) {
            this.k = k
        }

        Next receive(Object place) {
            return k.receive(new Place((LValue) place))
        }
    }

    @CompileStatic
    private static class Place implements LValue {
        private static final long serialVersionUID = 1L
        private final LValue place

        Place(LValue place) {
            this.place = place
        }

        Next get(Continuation k) {
            return place.get(k)
        }

        Next set(Object value, Continuation k) {
            return place.set(value, new Give(value, k))
        }
    }

    @CompileStatic
    private static class Give implements Continuation {
        private static final long serialVersionUID = 1L
        private final Object value
        private final Continuation k

        Give(Object value, Continuation k) {
            this.value = value
            this.k = k
        }

        Next receive(Object ignored) {
            return k.receive(value)
        }
    }
}
