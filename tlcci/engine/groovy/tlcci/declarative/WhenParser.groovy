package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.stmt.Statement

/** Reads `when { .. }`. */
@CompileStatic
final class WhenParser {
    private final Source source
    private final StepParser steps

    WhenParser(Source source, StepParser steps) {
        this.source = source
        this.steps = steps
    }

    When when(Statement statement) {
        When found = new When(at: statement)
        ClosureExpression body = Source.block(statement)
        if (body == null) {
            source.fault(statement, 'Expected a block for when')
            return found
        }
        for (Statement inner : Source.statements(body.code)) {
            MethodCallExpression call = Source.call(inner)
            if (call == null) {
                source.fault(statement, 'Expected a when condition')
            } else {
                add(found, inner, call)
            }
        }
        return found
    }

    private void add(When found, Statement statement, MethodCallExpression call) {
        switch (source.name(call)) {
            case 'beforeAgent': found.beforeAgent = steps.flag(call); break
            case 'beforeInput': found.beforeInput = steps.flag(call); break
            case 'beforeOptions': found.beforeOptions = steps.flag(call); break
            default: found.conditions.add(condition(statement))
        }
    }

    private Condition condition(Statement statement) {
        Condition found = new Condition(at: statement)
        MethodCallExpression call = Source.call(statement)
        if (call == null) {
            source.fault(statement, 'Expected a when condition')
            return found
        }
        found.name = source.name(call)
        found.call = call
        ClosureExpression block = Source.block(statement)
        if (found.name == 'expression') {
            if (block == null) { source.fault(statement, 'When step without a block') }
            found.block = block
            return found
        }
        List<Expression> arguments = Source.arguments(call)
        if (block == null) {
            found.arguments = steps.arguments(arguments)
            return found
        }
        if (arguments.size() > 1) { found.arguments = steps.arguments(arguments.subList(0, arguments.size() - 1)) }
        for (Statement inner : Source.statements(block.code)) { found.children.add(condition(inner)) }
        return found
    }
}
