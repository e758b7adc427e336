package tlcci.cps

import com.cloudbees.groovy.cps.Block
import com.cloudbees.groovy.cps.Continuation
import com.cloudbees.groovy.cps.Env
import com.cloudbees.groovy.cps.Next
import com.cloudbees.groovy.cps.impl.ConstantBlock
import com.cloudbees.groovy.cps.impl.FunctionCallBlock
import com.cloudbees.groovy.cps.impl.SourceLocation
import com.cloudbees.groovy.cps.sandbox.CallSiteTag
import groovy.transform.CompileStatic

/** A call with `*list` among its arguments: all are evaluated first, then an ordinary call is made of them. */
@CompileStatic
class SpreadCallBlock implements Block {
    private static final long serialVersionUID = 1L
    private final SourceLocation where
    private final ArrayList<CallSiteTag> tags
    private final Block parts
    private final boolean safe

    SpreadCallBlock(SourceLocation where, Collection<CallSiteTag> tags, Block lhs, Block name, boolean safe, Block[] args) {
        this.where = where
        this.tags = new ArrayList<CallSiteTag>(tags)
        this.safe = safe
        Block[] all = new Block[args.length + 2]
        all[0] = lhs
        all[1] = name
        System.arraycopy(args, 0, all, 2, args.length)
        this.parts = new SpreadListBlock(all)
    }

    Next eval(Env e, Continuation k) {
        return new Next(parts, e, new Call(this, e, k))
    }

    @CompileStatic
    private static class Call implements Continuation {
        private static final long serialVersionUID = 1L
        private final SpreadCallBlock call
        private final Env e
        private final Continuation k

        Call(SpreadCallBlock call, Env e, Continuation k) {
            this.call = call
            this.e = e
            this.k = k
        }

        Next receive(Object evaluated) {
            List<Object> parts = (List<Object>) evaluated
            Block[] args = new Block[parts.size() - 2]
            for (int i = 0; i < args.length; i++) {
                args[i] = new ConstantBlock(parts[i + 2])
            }
            return new FunctionCallBlock(call.where, call.tags, new ConstantBlock(parts[0]),
                new ConstantBlock(parts[1]), call.safe, args).eval(e, k)
        }
    }
}
