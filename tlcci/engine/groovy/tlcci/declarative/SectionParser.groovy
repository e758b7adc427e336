package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.expr.BinaryExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.GStringExpression
import org.codehaus.groovy.ast.expr.MapExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.syntax.Types

/** Reads the sections that are no stages: agent, environment, post, tools, options and their like. */
@CompileStatic
final class SectionParser {
    private static final Map<String, List<String>> CALLS = [
        options: ['Options', 'an option'],
        triggers: ['Triggers', 'a trigger'],
        parameters: ['Build parameters', 'a build parameter definition'],
    ]
    private static final List<String> INPUT_FIELDS = ['message', 'id', 'ok', 'submitter', 'submitterParameter']
    private final Source source
    private final StepParser steps

    SectionParser(Source source, StepParser steps) {
        this.source = source
        this.steps = steps
    }

    private List<Statement> body(Statement statement, String word) {
        ClosureExpression block = Source.block(statement)
        if (block == null) {
            source.fault(statement, word == null ? 'Expected a block' : "Expected a block for ${word}".toString())
            return new ArrayList<Statement>()
        }
        return Source.statements(block.code)
    }

    CallSection calls(Statement statement, String word) {
        CallSection found = new CallSection(at: statement)
        for (Statement inner : body(statement, word)) { found.calls.add(call(inner, CALLS.get(word))) }
        return found
    }

    private CallNode call(Statement statement, List<String> words) {
        CallNode found = new CallNode(at: statement)
        MethodCallExpression call = Source.call(statement)
        if (call == null) {
            boolean map = statement instanceof ExpressionStatement && ((ExpressionStatement) statement).expression instanceof MapExpression
            source.fault(statement, map ? "${words.get(0)} cannot be defined as maps".toString() : "Expected ${words.get(1)}".toString())
        } else if (Source.block(statement) != null) {
            source.fault(statement, "${words.get(0)} definitions cannot have blocks")
        } else {
            CallNode method = steps.methodCall(call)
            found.name = method.name
            found.arguments = method.arguments
            found.expression = call
        }
        return found
    }

    Post post(Statement statement) {
        Post found = new Post(at: statement)
        for (Statement inner : body(statement, null)) {
            ClosureExpression block = Source.block(inner)
            if (block == null) {
                source.fault(inner, 'The ‘post’ section can only contain build condition names with code blocks. ' +
                    "Valid condition names are ${Shapes.POST_CONDITIONS}")
            } else {
                String name = Source.call(inner).methodAsString
                found.conditions.add(new PostCondition(at: inner, name: name, body: block, branch: steps.branch('default', block)))
            }
        }
        return found
    }

    Tools tools(Statement statement) {
        Tools found = new Tools(at: statement)
        for (Statement inner : body(statement, 'tools')) {
            MethodCallExpression call = Source.call(inner)
            if (call == null) {
                source.fault(statement, 'Expected to find ‘someTool "someVersion"’')
                continue
            }
            Key type = source.key(call.method)
            Expression only = sole(call, type, 'tool')
            if (only != null) { found.tools.put(type, steps.value(only)) }
        }
        return found
    }

    /** Returns the one argument of *call*; null and a fault at *key* if it has none or more. */
    private Expression sole(MethodCallExpression call, Key key, String what) {
        List<Expression> arguments = Source.arguments(call)
        if (arguments.size() == 1) { return arguments.get(0) }
        source.fault(key.at, "${arguments.empty ? 'No argument' : 'Too many arguments'} for ${what} \"${key.text}\"")
        return null
    }

    Libraries libraries(Statement statement) {
        Libraries found = new Libraries(at: statement)
        for (Statement inner : body(statement, 'libraries')) {
            MethodCallExpression call = Source.call(inner)
            if (call == null || call.methodAsString != 'lib') {
                source.fault(statement, "Expected a \"lib(...)\" but got ${source.text(inner)}")
            } else if (Source.block(inner) != null) {
                source.fault(inner, 'Libraries definitions cannot have blocks')
            } else {
                List<Object> arguments = steps.methodCall(call).arguments
                if (arguments.size() == 1 && arguments.get(0) instanceof Value) {
                    found.names.add((Value) arguments.get(0))
                } else {
                    source.fault(call, "Expected a \"lib(...)\" but got ${source.text(call)}")
                }
            }
        }
        return found
    }

    Input input(Statement statement) {
        Input found = new Input(at: statement)
        Set<String> seen = new HashSet<String>()
        for (Statement inner : body(statement, 'input')) {
            MethodCallExpression call = Source.call(inner)
            if (call == null) {
                source.fault(statement, "Not a valid section definition: \"${source.text(inner)}\". Some extra configuration is required.")
                continue
            }
            String name = source.name(call)
            Key key = source.key(call.method)
            if (!seen.add(name)) { source.fault(statement, "Multiple occurrences of the ${name} section") }
            Expression only = sole(call, key, 'field')
            if (only == null) { continue }
            if (name == 'parameters') {
                found.parameters.addAll(calls(inner, 'parameters').calls)
            } else if (INPUT_FIELDS.contains(name)) {
                found.fields.put(name, steps.value(only))
            } else {
                source.fault(key.at, "Not a valid field for input: \"${name}\"")
            }
        }
        return found
    }

    Agent agent(Statement statement) {
        Agent agent = new Agent(at: statement)
        ClosureExpression block = Source.block(statement)
        if (block == null) {
            bareAgent(agent, Source.call(statement))
            return agent
        }
        List<Statement> inner = Source.statements(block.code)
        MethodCallExpression type = inner.size() == 1 ? Source.call(inner.get(0)) : null
        if (inner.size() > 1) {
            source.fault(statement, 'Only one agent type is allowed per agent section')
        } else if (type == null) {
            source.fault(statement, 'Expected an agent')
        } else {
            agent.type = source.key(type.method)
            agent.body = block
            Object options = options(block).get(agent.type)
            if (options instanceof Map) {
                agent.options = (Map<Key, Object>) options
                // `label` with a block is read as `node`, whose options it then has.
                if (agent.type.text == 'label') { agent.type.text = 'node' }
            }
        }
        return agent
    }

    private void bareAgent(Agent agent, MethodCallExpression call) {
        if (call == null) {
            source.fault(agent.at, 'Expected an agent')
            return
        }
        List<Expression> arguments = Source.arguments(call)
        if (arguments.empty) {
            source.fault(agent.at, 'No argument for agent')
            return
        }
        Key type = arguments.size() == 1 ? source.key(arguments.get(0)) : null
        if (type != null && StepParser.BARE_AGENTS.contains(type.text)) {
            agent.type = type
        } else {
            source.fault(agent.at, 'Only "agent none", "agent any" or "agent {...}" are allowed.')
        }
    }

    /** Reads a block of `key value` lines; a value may be such a block. */
    private Map<Key, Object> options(ClosureExpression block) {
        Map<Key, Object> found = [:]
        for (Statement inner : Source.statements(block.code)) {
            MethodCallExpression call = Source.call(inner)
            if (call == null) {
                source.fault(block, 'Expected to find ‘someKey "someValue"’')
                continue
            }
            Key key = source.key(call.method)
            Expression only = sole(call, key, 'map key')
            if (only instanceof ClosureExpression) {
                found.put(key, options((ClosureExpression) only))
            } else if (only != null) {
                found.put(key, steps.value(only))
            }
        }
        return found
    }

    Environment environment(Statement statement) {
        Environment found = new Environment(at: statement)
        boolean sound = true
        for (Statement inner : body(statement, 'environment')) {
            Expression expression = inner instanceof ExpressionStatement ? ((ExpressionStatement) inner).expression : null
            if (expression instanceof BinaryExpression && ((BinaryExpression) expression).operation.type == Types.EQUAL) {
                variable(found, (BinaryExpression) expression)
            } else {
                sound = false
                if (expression != null) { noAssignment(expression) }
            }
        }
        if (!sound) { source.fault(statement, 'Expected name=value pairs') }
        return found
    }

    private void noAssignment(Expression expression) {
        String text = source.text(expression)
        if (text.contains('=')) {
            source.fault(expression, Shapes.badIdentifier(text.split('=')[0].trim()))
        } else {
            source.fault(expression, "\"${text}\" is not a valid environment expression. Use \"key = value\" pairs with valid Java/shell keys.")
        }
    }

    private void variable(Environment found, BinaryExpression assignment) {
        Key key = source.key(assignment.leftExpression)
        if (found.variables.containsKey(key)) {
            source.fault(key.at, "Duplicate environment variable name: \"${key.text}\"")
            return
        }
        Expression value = assignment.rightExpression
        if (value instanceof MethodCallExpression && Source.symbol((MethodCallExpression) value) == 'credentials') {
            found.variables.put(key, credentials((MethodCallExpression) value))
        } else if (value instanceof ConstantExpression || value instanceof GStringExpression || value instanceof MethodCallExpression) {
            steps.value(value)
            found.variables.put(key, new EnvironmentValue(value, false))
        } else if (value instanceof BinaryExpression) {
            if (joined((BinaryExpression) value)) { found.variables.put(key, new EnvironmentValue(value, false)) }
        } else {
            source.fault(value, 'Environment variable values must either be single quoted, double quoted, or function calls.')
        }
    }

    private EnvironmentValue credentials(MethodCallExpression call) {
        List<Expression> arguments = Source.arguments(call)
        for (Expression argument : arguments) {
            if (!(argument instanceof ConstantExpression || argument instanceof GStringExpression)) {
                source.fault(call, 'Internal function call parameters must be strings.')
            }
        }
        return new EnvironmentValue(arguments.size() == 1 ? arguments.get(0) : call, true)
    }

    /** Checks `'a' + "b" + ..`; false where an operation is no joining. */
    private boolean joined(BinaryExpression sum) {
        if (sum.operation.type != Types.PLUS) {
            source.fault(sum, 'Environment variable values can only be joined together with ‘+’s.')
            return false
        }
        if (sum.leftExpression instanceof BinaryExpression) {
            if (!joined((BinaryExpression) sum.leftExpression)) { return false }
        } else {
            part(sum.leftExpression)
        }
        part(sum.rightExpression)
        return true
    }

    private void part(Expression expression) {
        if (expression instanceof ConstantExpression || expression instanceof GStringExpression) {
            steps.value(expression)
        } else {
            source.fault(expression, 'Environment variable values to be concatenated together must be single or double quoted.')
        }
    }
}
