package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.GStringExpression
import org.codehaus.groovy.ast.expr.MapEntryExpression
import org.codehaus.groovy.ast.expr.MapExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.VariableExpression
import org.codehaus.groovy.ast.stmt.BlockStatement
import org.codehaus.groovy.ast.stmt.Statement

/** Reads steps, calls and the values in them. */
@CompileStatic
final class StepParser {
    static final List<String> BARE_AGENTS = ['none', 'any']
    private final Source source

    StepParser(Source source) { this.source = source }

    /** Reads `steps { .. }` into *stage*. */
    void stage(Stage stage, Statement statement) {
        ClosureExpression body = Source.block(statement)
        if (body == null) {
            source.fault(statement, 'Expected a block for steps')
            return
        }
        if (stage.steps == null) { stage.steps = body }
        List<Statement> inner = Source.statements(body.code)
        MethodCallExpression only = inner.size() == 1 ? Source.call(inner.get(0)) : null
        if (only != null && Source.symbol(only) == 'parallel') {
            parallelStep(stage, only)
        } else if (inner.size() != 1 || stage.branches.empty) {
            stage.branches.add(branch('default', body))
        }
    }

    /** The old form: `parallel` as the one step, with its branches as a map. */
    private void parallelStep(Stage stage, MethodCallExpression call) {
        List<Expression> arguments = Source.arguments(call)
        if (arguments.size() != 1 || !(arguments.get(0) instanceof MapExpression)) { return }
        for (MapEntryExpression entry : ((MapExpression) arguments.get(0)).mapEntryExpressions) {
            Expression value = entry.valueExpression
            if (entry.keyExpression.text == 'failFast') {
                if (value instanceof ConstantExpression && ((ConstantExpression) value).value instanceof Boolean) {
                    stage.failFast = (Boolean) ((ConstantExpression) value).value
                } else {
                    source.fault(entry.keyExpression, 'Expected a boolean with failFast')
                }
            } else if (value instanceof ClosureExpression) {
                stage.branches.add(branch(source.word(entry.keyExpression) ?: 'error', (ClosureExpression) value))
            } else {
                source.fault(entry.keyExpression, 'Expected closure or failFast')
            }
        }
    }

    Branch branch(String name, ClosureExpression body) {
        BlockStatement code = (BlockStatement) body.code
        Branch found = new Branch(at: code, name: name)
        for (Statement inner : code.statements) { found.steps.add(step(inner)) }
        return found
    }

    private StepNode step(Statement statement) {
        StepNode found = new StepNode(at: statement)
        MethodCallExpression call = Source.call(statement)
        if (call == null) {
            source.fault(statement, 'Expected a step')
            return found
        }
        found.name = source.name(call)
        ClosureExpression block = Source.block(statement)
        if (found.name == 'script' || found.name == 'expression') {
            if (block == null) { source.fault(statement, "${found.name == 'script' ? 'Script' : 'When'} step without a block") }
            found.code = true
            return found
        }
        List<Expression> list = Source.arguments(call)
        if (block == null) {
            found.arguments = arguments(list)
            return found
        }
        found.arguments = arguments(list.subList(0, list.size() - 1))
        for (Statement inner : Source.statements(block.code)) { found.children.add(step(inner)) }
        return found
    }

    Arguments arguments(List<Expression> list) {
        if (list.empty) { return new Arguments(named: [:]) }
        if (list.size() > 1) { return new Arguments(positional: list.collect { Expression each -> value(each) }) }
        Expression only = list.get(0)
        if (!(only instanceof MapExpression) || isMetaStep((MapExpression) only)) { return new Arguments(single: value(only)) }
        Map<Key, Value> named = [:]
        for (MapEntryExpression entry : ((MapExpression) only).mapEntryExpressions) {
            named.put(source.key(entry.keyExpression), value(entry.valueExpression))
        }
        return new Arguments(named: named)
    }

    private static boolean isMetaStep(MapExpression map) {
        map.mapEntryExpressions.any { MapEntryExpression entry -> entry.keyExpression.text == '$class' }
    }

    Value value(Expression expression) {
        if (expression instanceof ConstantExpression) { return constant((ConstantExpression) expression) }
        if (expression instanceof GStringExpression || expression instanceof MapExpression) {
            return new Value(expression, source.text(expression), false)
        }
        if (expression instanceof VariableExpression && BARE_AGENTS.contains(((VariableExpression) expression).name)) {
            return new Value(expression, ((VariableExpression) expression).name, true)
        }
        String text = source.text(expression)
        if (text.startsWith('${')) {
            source.fault(expression, "${text} cannot be used as a value directly. Did you mean \"${text}\"? (add quotes)")
        }
        return new Value(expression, '${' + text + '}', false)
    }

    private Value constant(ConstantExpression expression) {
        Object value = expression.value
        if (value instanceof BigDecimal) { value = ((BigDecimal) value).doubleValue() }
        if (value instanceof BigInteger) {
            BigInteger big = (BigInteger) value
            if (big.bitLength() > 63) {
                source.fault(expression, 'BigIntegers cannot be used as constants in Declarative. The maximum value for an integer is ' +
                    '9,223,372,036,854,775,807 and the minimum value for an integer is -9,223,372,036,854,775,808.')
                value = -1
            } else {
                value = big.longValue()
            }
        }
        return new Value(expression, value, true)
    }

    /** Reads a call whose arguments may be calls in their turn. */
    CallNode methodCall(MethodCallExpression call) {
        CallNode found = new CallNode(at: call, name: source.name(call), expression: call)
        for (Expression argument : Source.arguments(call)) {
            if (argument instanceof MapExpression) {
                for (MapEntryExpression entry : ((MapExpression) argument).mapEntryExpressions) { found.arguments.add(named(entry)) }
            } else if (argument instanceof ClosureExpression) {
                source.fault(call, 'Method call arguments')
            } else {
                found.arguments.add(callOrValue(argument))
            }
        }
        return found
    }

    private NamedArgument named(MapEntryExpression entry) {
        NamedArgument found = new NamedArgument(key: source.key(entry.keyExpression))
        if (entry.valueExpression instanceof ClosureExpression) {
            source.fault(entry, 'Method call arguments')
        } else {
            found.value = callOrValue(entry.valueExpression)
        }
        return found
    }

    private Object callOrValue(Expression expression) {
        expression instanceof MethodCallExpression ? (Object) methodCall((MethodCallExpression) expression) : (Object) value(expression)
    }

    /** Returns the boolean that *call* is given, or null and a fault. */
    Boolean flag(MethodCallExpression call) {
        List<Expression> arguments = Source.arguments(call)
        Expression only = arguments.empty ? null : arguments.get(0)
        Object value = only instanceof ConstantExpression ? ((ConstantExpression) only).value : null
        if (value instanceof Boolean) { return (Boolean) value }
        source.fault(call.method, "Expected a boolean with ${call.methodAsString}")
        return null
    }
}
