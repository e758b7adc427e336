package tlcci.cps

import com.cloudbees.groovy.cps.Block
import com.cloudbees.groovy.cps.Builder
import com.cloudbees.groovy.cps.LValueBlock
import com.cloudbees.groovy.cps.MethodLocation
import com.cloudbees.groovy.cps.impl.SourceLocation
import com.cloudbees.groovy.cps.sandbox.CallSiteTag
import groovy.transform.CompileStatic
import java.lang.reflect.Field

/**
 * Builds the program that the interpreter walks, where today's Jenkins builds another than the published library.
 *
 * `a && b` gives a boolean, an assignment gives its value, and spreads are spread.
 */
@CompileStatic
class PipelineBuilder extends Builder {
    /** Whether `a && b` gives b itself, as it did until mid-2022: `node('GPU' && 'linux')` asked for linux. */
    static boolean givesOperands
    private static final Field TAGS = tagsOfBuilder()
    private final MethodLocation where
    private final Collection<CallSiteTag> tags

    PipelineBuilder(MethodLocation where, CallSiteTag tag) {
        super(where)
        this.where = where
        this.tags = Collections.singletonList(tag)
        TAGS.set(this, tags)
    }

    Block spread(int line, Block list) {
        return new SpreadBlock(list, false)
    }

    Block spreadMap(int line, Block map) {
        return new SpreadBlock(map, true)
    }

    @Override
    Block list(Block... args) {
        return spreads(args) ? new SpreadListBlock(args) : super.list(args)
    }

    @Override
    Block functionCall(int line, Block lhs, Block name, boolean safe, Block... args) {
        return spreads(args) ? new SpreadCallBlock(new SourceLocation(where, line), tags, lhs, name, safe, args)
            : super.functionCall(line, lhs, name, safe, args)
    }

    @Override
    Block new_(int line, Block type, Block... args) {
        return spreads(args) ? functionCall(line, type, constant('<init>'), false, args) : super.new_(line, type, args)
    }

    @Override
    Block logicalAnd(int line, Block lhs, Block rhs) {
        return super.logicalAnd(line, lhs, givesOperands ? rhs : truth(line, rhs))
    }

    @Override
    Block logicalOr(int line, Block lhs, Block rhs) {
        return super.logicalOr(line, lhs, givesOperands ? rhs : truth(line, rhs))
    }

    @Override
    Block assign(int line, LValueBlock lhs, Block rhs) {
        return super.assign(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block plusEqual(int line, LValueBlock lhs, Block rhs) {
        return super.plusEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block minusEqual(int line, LValueBlock lhs, Block rhs) {
        return super.minusEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block multiplyEqual(int line, LValueBlock lhs, Block rhs) {
        return super.multiplyEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block divEqual(int line, LValueBlock lhs, Block rhs) {
        return super.divEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block intdivEqual(int line, LValueBlock lhs, Block rhs) {
        return super.intdivEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block modEqual(int line, LValueBlock lhs, Block rhs) {
        return super.modEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block powerEqual(int line, LValueBlock lhs, Block rhs) {
        return super.powerEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block leftShiftEqual(int line, LValueBlock lhs, Block rhs) {
        return super.leftShiftEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block rightShiftEqual(int line, LValueBlock lhs, Block rhs) {
        return super.rightShiftEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block rightShiftUnsignedEqual(int line, LValueBlock lhs, Block rhs) {
        return super.rightShiftUnsignedEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block bitwiseAndEqual(int line, LValueBlock lhs, Block rhs) {
        return super.bitwiseAndEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block bitwiseOrEqual(int line, LValueBlock lhs, Block rhs) {
        return super.bitwiseOrEqual(line, new AssignedBlock(lhs), rhs)
    }

    @Override
    Block bitwiseXorEqual(int line, LValueBlock lhs, Block rhs) {
        return super.bitwiseXorEqual(line, new AssignedBlock(lhs), rhs)
    }

    private Block truth(int line, Block value) {
        return not(line, not(line, value))
    }

    private static boolean spreads(Block[] args) {
        for (Block arg : args) {
            if (arg instanceof SpreadBlock) {
                return true
            }
        }
        return false
    }

    private static Field tagsOfBuilder() {
        Field field = Builder.getDeclaredField('tags')
        field.accessible = true
        return field
    }
}
