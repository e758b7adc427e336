package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.ListExpression
import org.codehaus.groovy.ast.expr.MapEntryExpression
import org.codehaus.groovy.ast.expr.MapExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.ast.tools.GeneralUtils
import org.codehaus.groovy.control.SourceUnit

/**
 * Writes a sound pipeline as `pipeline { -> [agent: .., stages: [..]] }`: maps, lists and the
 * Jenkinsfile's own closures, which is all that the interpreter reads.
 */
@CompileStatic
final class Rewriter {
    private final SourceUnit unit

    Rewriter(SourceUnit unit) { this.unit = unit }

    ClosureExpression pipeline(Pipeline pipeline) {
        MapExpression root = new MapExpression()
        put(root, 'line', new ConstantExpression(pipeline.at.lineNumber))
        put(root, 'agent', agent(pipeline.agent))
        put(root, 'libraries', pipeline.libraries == null ? null : list(pipeline.libraries.names.collect { Value name -> (Expression) name.at }))
        put(root, 'environment', environment(pipeline.environment))
        put(root, 'tools', tools(pipeline.tools))
        put(root, 'options', options(pipeline.options))
        put(root, 'parameters', calls(pipeline.parameters?.calls))
        put(root, 'triggers', calls(pipeline.triggers?.calls))
        put(root, 'stages', stages(pipeline.stages))
        put(root, 'post', post(pipeline.post))
        put(root, 'postLine', pipeline.post == null ? null : new ConstantExpression(pipeline.post.at.lineNumber))
        return lazy(root)
    }

    private static ClosureExpression lazy(Expression value) { GeneralUtils.closureX(GeneralUtils.block(GeneralUtils.returnS(value))) }

    private static ListExpression list(List<Expression> items) { new ListExpression(items) }

    private static void put(MapExpression map, String key, Expression value) {
        if (value != null) { map.addMapEntryExpression(new ConstantExpression(key), value) }
    }

    private Expression stages(Stages stages) {
        stages == null ? null : list(stages.stages.collect { Stage each -> (Expression) stage(each) })
    }

    private MapExpression stage(Stage stage) {
        MapExpression map = new MapExpression()
        put(map, 'name', new ConstantExpression(stage.name))
        common(map, stage)
        put(map, 'steps', stage.steps)
        put(map, 'failFast', stage.failFast ? new ConstantExpression(true) : null)
        put(map, 'parallel', stages(stage.parallel))
        put(map, 'cells', cells(stage.matrix))
        if (stage.matrix != null) {
            MapExpression template = new MapExpression()
            common(template, stage.matrix)
            put(map, 'template', template)
        }
        return map
    }

    private void common(MapExpression map, StageBase stage) {
        put(map, 'line', new ConstantExpression(stage.at.lineNumber))
        put(map, 'agent', agent(stage.agent))
        put(map, 'when', when(stage.when))
        put(map, 'options', options(stage.options))
        put(map, 'input', input(stage.input))
        put(map, 'environment', environment(stage.environment))
        put(map, 'tools', tools(stage.tools))
        put(map, 'stages', stages(stage.stages))
        put(map, 'post', post(stage.post))
    }

    private static Expression cells(Matrix matrix) {
        if (matrix == null) { return null }
        ListExpression cells = new ListExpression()
        for (Map<String, String> cell : MatrixCells.of(matrix)) {
            MapExpression values = new MapExpression()
            for (Map.Entry<String, String> entry : cell.entrySet()) { put(values, entry.key, new ConstantExpression(entry.value)) }
            MapExpression map = new MapExpression()
            put(map, 'name', new ConstantExpression(MatrixCells.name(cell)))
            put(map, 'values', values)
            cells.addExpression(map)
        }
        return cells
    }

    private static Expression agent(Agent agent) {
        if (agent == null) { return null }
        if (agent.body != null && agent.type.text != 'any' && agent.type.text != 'none') { return lazy(lines(agent.body)) }
        MapExpression bare = new MapExpression()
        put(bare, agent.type.text, new ConstantExpression(true))
        return lazy(bare)
    }

    /** Returns a block of `key value` lines as a map. */
    private static MapExpression lines(ClosureExpression block) {
        MapExpression map = new MapExpression()
        for (Statement inner : Source.statements(block.code)) {
            MethodCallExpression call = Source.call(inner)
            Expression value = Source.arguments(call).get(0)
            put(map, call.methodAsString, value instanceof ClosureExpression ? lines((ClosureExpression) value) : plain(value))
        }
        return map
    }

    /** Named arguments stand for a map only where they are the arguments of a call. */
    private static Expression plain(Expression value) {
        value instanceof MapExpression ? new MapExpression(((MapExpression) value).mapEntryExpressions) : value
    }

    private static Expression plainArguments(MethodCallExpression call) {
        list(Source.arguments(call).collect { Expression each -> plain(each) })
    }

    private Expression environment(Environment environment) {
        if (environment == null) { return null }
        Set<String> own = new HashSet<String>()
        for (Map.Entry<Key, EnvironmentValue> entry : environment.variables.entrySet()) {
            if (!entry.value.credentials) { own.add(entry.key.text) }
        }
        EnvironmentRewriter rewriter = new EnvironmentRewriter(unit, own)
        MapExpression values = new MapExpression()
        MapExpression credentials = new MapExpression()
        for (Map.Entry<Key, EnvironmentValue> entry : environment.variables.entrySet()) {
            put(entry.value.credentials ? credentials : values, entry.key.text, rewriter.rewrite(entry.key.text, entry.value.expression))
        }
        MapExpression map = new MapExpression()
        put(map, 'values', values)
        put(map, 'credentials', credentials)
        return map
    }

    private static Expression tools(Tools tools) {
        if (tools == null) { return null }
        MapExpression map = new MapExpression()
        for (Map.Entry<Key, Value> entry : tools.tools.entrySet()) { put(map, entry.key.text, lazy((Expression) entry.value.at)) }
        return map
    }

    private static Expression calls(List<CallNode> calls) {
        calls ? list(calls.collect { CallNode call -> (Expression) call.expression }) : null
    }

    private static Expression options(CallSection section) {
        if (section == null) { return null }
        ListExpression properties = new ListExpression()
        MapExpression flags = new MapExpression()
        MapExpression wrappers = new MapExpression()
        for (CallNode option : section.calls) {
            if (Shapes.JOB_PROPERTIES.containsKey(option.name)) {
                properties.addExpression(option.expression)
            } else {
                put(Shapes.FLAGS.containsKey(option.name) ? flags : wrappers, option.name, plainArguments(option.expression))
            }
        }
        MapExpression map = new MapExpression()
        put(map, 'properties', properties)
        put(map, 'flags', flags)
        put(map, 'wrappers', wrappers)
        return map
    }

    private static Expression post(Post post) {
        if (post == null) { return null }
        MapExpression map = new MapExpression()
        for (PostCondition condition : post.conditions) { put(map, condition.name, condition.body) }
        return map
    }

    private static Expression input(Input input) {
        if (input == null) { return null }
        MapExpression map = new MapExpression()
        for (Map.Entry<String, Value> entry : input.fields.entrySet()) { put(map, entry.key, (Expression) entry.value.at) }
        put(map, 'parameters', calls(input.parameters))
        return map
    }

    private static Expression when(When when) {
        if (when == null) { return null }
        MapExpression map = new MapExpression()
        put(map, 'beforeAgent', new ConstantExpression(when.beforeAgent == Boolean.TRUE))
        put(map, 'beforeInput', new ConstantExpression(when.beforeInput == Boolean.TRUE))
        put(map, 'beforeOptions', new ConstantExpression(when.beforeOptions == Boolean.TRUE))
        put(map, 'conditions', lazy(conditions(when.conditions)))
        return map
    }

    private static ListExpression conditions(List<Condition> conditions) {
        list(conditions.collect { Condition each -> (Expression) condition(each) })
    }

    private static MapExpression condition(Condition condition) {
        MapExpression map = new MapExpression()
        put(map, 'name', new ConstantExpression(condition.name))
        if (condition.block != null) {
            put(map, 'block', condition.block)
        } else if (!condition.children.empty) {
            put(map, 'children', conditions(condition.children))
        } else {
            put(map, 'args', plainArguments(condition.call))
        }
        return map
    }
}
