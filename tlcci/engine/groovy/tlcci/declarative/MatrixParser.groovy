package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.stmt.Statement

/** Reads `axes` and `excludes` of a matrix. */
@CompileStatic
final class MatrixParser {
    private static final String EITHER = 'Exclude axis must contain either "values" or "notValues"'
    private final Source source
    private final StepParser steps

    MatrixParser(Source source, StepParser steps) {
        this.source = source
        this.steps = steps
    }

    AxisList axes(Statement statement) { axisList(statement, 'axes', false) }

    Excludes excludes(Statement statement) {
        Excludes found = new Excludes(at: statement)
        for (Statement inner : body(statement, 'excludes')) { found.excludes.add(axisList(inner, 'exclude', true)) }
        return found
    }

    private AxisList axisList(Statement statement, String word, boolean excluded) {
        AxisList found = new AxisList(at: statement)
        for (Statement inner : body(statement, word)) { found.axes.add(axis(inner, excluded)) }
        return found
    }

    private List<Statement> body(Statement statement, String word) {
        ClosureExpression block = Source.block(statement)
        if (block == null) {
            source.fault(statement, "Expected a block for ${word}")
            return []
        }
        return Source.statements(block.code)
    }

    private Axis axis(Statement statement, boolean excluded) {
        Axis axis = new Axis(at: statement)
        Set<String> seen = new HashSet<String>()
        for (Statement inner : body(statement, 'axis')) {
            MethodCallExpression call = Source.call(inner)
            if (call == null) {
                source.fault(inner, "Not a valid section definition: \"${source.text(statement)}\". Some extra configuration is required.")
                continue
            }
            CallNode method = steps.methodCall(call)
            if (!seen.add(method.name)) { source.fault(inner, "Multiple occurrences of the ${method.name} section") }
            field(axis, inner, call, method, excluded, seen)
        }
        return axis
    }

    private void field(Axis axis, Statement at, MethodCallExpression call, CallNode method, boolean excluded, Set<String> seen) {
        if (method.name == 'name') {
            axisName(axis, at, call)
        } else if (method.name == 'values') {
            if (seen.contains('notValues')) { source.fault(at, EITHER) }
            axis.values.addAll(method.arguments)
        } else if (method.name == 'notValues' && excluded) {
            if (seen.contains('values')) { source.fault(at, EITHER) }
            axis.inverse = true
            axis.values.addAll(method.arguments)
        } else {
            source.fault(at, "Undefined section \"${method.name}\"")
        }
    }

    private void axisName(Axis axis, Statement at, MethodCallExpression call) {
        List<Expression> arguments = Source.arguments(call)
        if (arguments.empty) {
            source.fault(at, 'No argument for field "name"')
        } else if (arguments.size() > 1) {
            source.fault(at, 'Too many arguments for field "name"')
        } else {
            axis.name = new Key(arguments.get(0), source.word(arguments.get(0)))
        }
    }
}
