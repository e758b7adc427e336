package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.stmt.Statement

/** Reads `pipeline { .. }`, its stages and what stands in them, in source order. */
@CompileStatic
final class Parser {
    private static final Map<String, String> GONE = [
        properties: 'The ‘properties’ section has been renamed as of version 0.8. Use ‘options’ instead.',
        wrappers: "The 'wrappers' section has been removed as of version 0.8. Use 'options' instead.",
        jobProperties: 'The ‘jobProperties’ section has been renamed as of version 0.7. Use ‘properties’ instead.',
        notifications: 'The ‘notifications’ section has been removed as of version 0.6. Use ‘post’ for all post-build actions.',
        postBuild: 'The ‘postBuild’ section has been renamed as of version 0.6. Use ‘post’ for all post-build actions.',
    ]
    private final Source source
    private final StepParser steps
    private final SectionParser sections
    private final WhenParser conditions
    private final MatrixParser matrices

    Parser(Source source) {
        this.source = source
        this.steps = new StepParser(source)
        this.sections = new SectionParser(source, steps)
        this.conditions = new WhenParser(source, steps)
        this.matrices = new MatrixParser(source, steps)
    }

    /** Returns the model of the `pipeline` call that *statement* is; null without a block. */
    Pipeline pipeline(Statement statement) {
        Pipeline found = new Pipeline(at: statement)
        ClosureExpression body = Source.block(statement)
        if (body == null) {
            source.fault(statement, 'Expected a block with the "pipeline" step')
            return null
        }
        Set<String> seen = new HashSet<String>()
        for (Statement inner : Source.statements(body.code)) { topSection(found, inner, seen) }
        return found
    }

    private void topSection(Pipeline found, Statement statement, Set<String> seen) {
        MethodCallExpression call = Source.call(statement)
        if (call == null) {
            source.fault(statement, "Not a valid section definition: \"${source.text(statement)}\". Some extra configuration is required.")
            return
        }
        String name = source.name(call)
        if (!seen.add(name)) { source.fault(statement, "Multiple occurrences of the ${name} section") }
        switch (name) {
            case 'stages': found.stages = stages(statement); break
            case 'environment': found.environment = sections.environment(statement); break
            case 'post': found.post = sections.post(statement); break
            case 'agent': found.agent = sections.agent(statement); break
            case 'tools': found.tools = sections.tools(statement); break
            case 'options': found.options = sections.calls(statement, 'options'); break
            case 'parameters': found.parameters = sections.calls(statement, 'parameters'); break
            case 'triggers': found.triggers = sections.calls(statement, 'triggers'); break
            case 'libraries': found.libraries = sections.libraries(statement); break
            default: source.fault(statement, GONE.get(name) ?: "Undefined section \"${name}\"".toString())
        }
    }

    private Stages stages(Statement statement, String word = 'stages') {
        Stages found = new Stages(at: statement, parallel: word == 'parallel')
        ClosureExpression body = Source.block(statement)
        if (body == null) {
            source.fault(statement, "Expected a block for ${word}")
            return found
        }
        for (Statement inner : Source.statements(body.code)) {
            Stage stage = stage(inner)
            if (stage != null) { found.stages.add(stage) }
        }
        return found
    }

    private Stage stage(Statement statement) {
        MethodCallExpression call = Source.block(statement) == null ? null : Source.call(statement)
        if (call == null || call.methodAsString != 'stage') {
            source.fault(statement, 'Expected a stage')
            return null
        }
        List<Expression> arguments = Source.arguments(call)
        Stage stage = new Stage(at: statement)
        stage.name = source.word(arguments.get(0)) ?: 'error'
        Expression body = arguments.size() > 1 ? arguments.get(1) : null
        if (!(body instanceof ClosureExpression)) {
            source.fault(statement, 'Stage does not have a block')
            return stage
        }
        Set<String> seen = new HashSet<String>()
        for (Statement inner : Source.statements(((ClosureExpression) body).code)) { stageSection(stage, inner, seen) }
        return stage
    }

    private void stageSection(Stage stage, Statement statement, Set<String> seen) {
        MethodCallExpression call = Source.call(statement)
        if (call == null) {
            source.fault(stage.at, "Not a valid stage section definition: \"${source.text(statement)}\". Some extra configuration is required.")
            return
        }
        String name = source.name(call)
        if (!seen.add(name)) { source.fault(stage.at, "Multiple occurrences of the ${name} section") }
        switch (name) {
            case 'steps': steps.stage(stage, statement); break
            case 'parallel': stage.parallel = stages(statement, 'parallel'); break
            case 'matrix': stage.matrix = matrix(statement); break
            case 'failFast': stage.failFast = steps.flag(call); break
            default:
                if (!common(stage, name, statement)) {
                    source.fault(stage.at, "Unknown stage section \"${name}\". Starting with version 0.5, steps in a stage must be in a ‘steps’ block.")
                }
        }
    }

    /** Reads a section that a stage and a matrix share; false if *name* is none. */
    private boolean common(StageBase stage, String name, Statement statement) {
        switch (name) {
            case 'agent': stage.agent = sections.agent(statement); return true
            case 'when': stage.when = conditions.when(statement); return true
            case 'post': stage.post = sections.post(statement); return true
            case 'options': stage.options = sections.calls(statement, 'options'); return true
            case 'input': stage.input = sections.input(statement); return true
            case 'tools': stage.tools = sections.tools(statement); return true
            case 'environment': stage.environment = sections.environment(statement); return true
            case 'stages': stage.stages = stages(statement); return true
            default: return false
        }
    }

    private Matrix matrix(Statement statement) {
        Matrix matrix = new Matrix(at: statement)
        ClosureExpression body = Source.block(statement)
        if (body == null) {
            source.fault(statement, 'Expected a block for matrix')
            return matrix
        }
        Set<String> seen = new HashSet<String>()
        for (Statement inner : Source.statements(body.code)) { matrixSection(matrix, inner, seen) }
        return matrix
    }

    private void matrixSection(Matrix matrix, Statement statement, Set<String> seen) {
        MethodCallExpression call = Source.call(statement)
        if (call == null) {
            source.fault(statement, "Not a valid section definition: \"${source.text(matrix.at)}\". Some extra configuration is required.")
            return
        }
        String name = source.name(call)
        if (!seen.add(name)) { source.fault(statement, "Multiple occurrences of the ${name} section") }
        if (name == 'axes') {
            matrix.axes = matrices.axes(statement)
        } else if (name == 'excludes') {
            matrix.excludes = matrices.excludes(statement)
        } else if (!common(matrix, name, statement)) {
            source.fault(statement, "Undefined section \"${name}\"")
        }
    }
}
