package tlcci.cps

import com.cloudbees.groovy.cps.Block
import com.cloudbees.groovy.cps.impl.ListBlock
import groovy.transform.CompileStatic
import org.codehaus.groovy.runtime.InvokerHelper

/** A list literal with `*list` in it. */
@CompileStatic
class SpreadListBlock extends ListBlock {
    private static final long serialVersionUID = 1L

    SpreadListBlock(Block... items) {
        super(items)
    }

    @Override
    protected Object toCollection(Object[] items) {
        return InvokerHelper.createList(SpreadBlock.flatten(items))
    }
}
