package tlcci.declarative

import groovy.transform.CompileStatic
import javax.lang.model.SourceVersion

/**
 * Checks a pipeline's sections and stages. The order of the checks is the order in which Jenkins
 * reports; where Jenkins looks at a part twice, a fault in it is reported twice.
 */
@CompileStatic
final class Validator {
    private final Source source
    private final CallValidator calls

    Validator(Source source) {
        this.source = source
        this.calls = new CallValidator(source)
    }

    void pipeline(Pipeline pipeline) {
        if (pipeline.stages == null) { source.fault(pipeline.at, 'Missing required section "stages"') }
        if (pipeline.agent == null) { source.fault(pipeline.at, 'Missing required section "agent"') }
        if (pipeline.stages != null) { stages(pipeline.stages, false) }
        if (pipeline.post != null) { post(pipeline.post) }
        if (pipeline.environment != null) { environment(pipeline.environment) }
        if (pipeline.agent != null) { agent(pipeline.agent) }
        if (pipeline.tools != null) { tools(pipeline.tools) }
        if (pipeline.options != null) { calls.options(pipeline.options, false) }
        if (pipeline.parameters != null) { calls.parameters(pipeline.parameters) }
        if (pipeline.triggers != null) { calls.triggers(pipeline.triggers) }
        if (pipeline.libraries != null && pipeline.libraries.names.empty) {
            source.fault(pipeline.libraries.at, 'libraries can not be empty')
        }
    }

    private void stages(Stages stages, boolean nested) {
        boolean within = nested || stages.parallel
        names(stages)
        for (Stage stage : stages.stages) { this.stage(stage, within) }
        if (stages.parallel) { names(stages) }
    }

    private void names(Stages stages) {
        if (stages.stages.empty) { source.fault(stages.at, 'No stages specified') }
        for (String name : repeated(stages.stages.collect { Stage stage -> stage.name })) {
            source.fault(stages.at, "Duplicate stage name: \"${name}\"")
        }
    }

    static Collection<String> repeated(List<String> names) {
        new LinkedHashSet<String>(names.findAll { String name -> names.count(name) > 1 })
    }

    private void common(StageBase stage) {
        if (stage.agent != null) { agent(stage.agent) }
        if (stage.when != null) { calls.when(stage.when) }
        if (stage.post != null) { post(stage.post) }
        if (stage.tools != null) { tools(stage.tools) }
        if (stage.environment != null) { environment(stage.environment) }
        if (stage.options != null) { calls.options(stage.options, true) }
        if (stage.input != null) { input(stage.input) }
    }

    private void stage(Stage stage, boolean within) {
        common(stage)
        content(stage, within)
        for (Branch branch : stage.branches) { calls.branch(branch) }
        if (stage.parallel != null) { stages(stage.parallel, true) }
        if (stage.matrix != null) { matrix(stage.matrix) }
        if (stage.stages != null) { stages(stage.stages, within) }
    }

    private void content(Stage stage, boolean within) {
        int contents = [!stage.branches.empty, stage.parallel != null, stage.matrix != null, stage.stages != null].count(true).intValue()
        if (within && (stage.branches.size() > 1 || stage.parallel != null || stage.matrix != null)) {
            source.fault(stage.matrix?.at ?: stage.parallel?.at ?: stage.branches.get(0).at,
                '"matrix" or "parallel" cannot be nested inside another "matrix" or "parallel".')
        } else if (contents > 1) {
            source.fault(stage.at, "Only one of \"matrix\", \"parallel\", \"stages\", or \"steps\" allowed for stage \"${stage.name}\"")
        } else if (contents == 0) {
            source.fault(stage.at, "Expected one of \"steps\", \"stages\", or \"parallel\" for stage \"${stage.name}\"")
        } else if (stage.parallel != null || stage.matrix != null) {
            if (stage.agent != null) {
                source.fault(stage.agent.at, "\"agent\" is not allowed in stage \"${stage.name}\" as it contains parallel or matrix stages")
            }
            if (stage.tools != null) {
                source.fault(stage.tools.at, "\"tools\" is not allowed in stage \"${stage.name}\" as it contains parallel or matrix stages")
            }
        } else {
            for (String name : repeated(stage.branches.collect { Branch branch -> branch.name })) {
                source.fault(stage.at, "Duplicate parallel branch name: \"${name}\"")
            }
        }
    }

    private void matrix(Matrix matrix) {
        common(matrix)
        if (matrix.axes == null) { source.fault(matrix.at, 'Missing required section "axes"') }
        if (matrix.stages == null) { source.fault(matrix.at, 'Missing required section "stages"') }
        if (matrix.axes != null) { axes(matrix.axes) }
        if (matrix.excludes != null) {
            if (matrix.excludes.excludes.empty) { source.fault(matrix.excludes.at, 'No exclude directives specified') }
            for (AxisList exclude : matrix.excludes.excludes) { axes(exclude) }
        }
        if (matrix.stages != null) { stages(matrix.stages, true) }
    }

    private void axes(AxisList list) {
        if (list.axes.empty) { source.fault(list.at, 'No axis directives specified') }
        List<Key> names = list.axes.collect { Axis axis -> axis.name }
        for (Key name : new LinkedHashSet<Key>(names.findAll { Key each -> each != null && each.text && names.count(each) > 1 })) {
            source.fault(name.at, "Duplicate axis name: \"${name.text}\"")
        }
        for (Axis axis : list.axes) { this.axis(axis) }
    }

    private void axis(Axis axis) {
        if (axis.name == null) {
            source.fault(axis.at, 'Missing required section "name"')
        } else if (!isIdentifier(axis.name.text)) {
            source.fault(axis.name.at, Shapes.badIdentifier(axis.name.text))
        }
        if (axis.values.empty) { source.fault(axis.at, 'Missing required section "values"') }
        for (Object value : new LinkedHashSet<Object>(axis.values.findAll { Object each -> axis.values.count(each) > 1 })) {
            if (value instanceof Value) { source.fault(((Value) value).at, "Duplicate axis value: \"${((Value) value).value}\"") }
        }
        for (Object value : axis.values) {
            if (value instanceof CallNode) {
                source.fault(((CallNode) value).at, "Expected string literal but got ${source.text(((CallNode) value).at)}")
            } else if (!((Value) value).literal) {
                source.fault(((Value) value).at, "Expected string literal but got ${((Value) value).value}")
            }
        }
    }

    static boolean isIdentifier(String name) { SourceVersion.isIdentifier(name) && name ==~ /[a-zA-Z_]+[a-zA-Z0-9_]*/ }

    private void environment(Environment environment) {
        if (environment.variables.isEmpty()) { source.fault(environment.at, 'No variables specified for environment') }
        for (Key key : environment.variables.keySet()) {
            if (!isIdentifier(key.text)) { source.fault(key.at, Shapes.badIdentifier(key.text)) }
        }
    }

    private void post(Post post) {
        if (post.conditions.empty) { source.fault(post.at, 'post can not be empty') }
        for (String name : repeated(post.conditions.collect { PostCondition condition -> condition.name })) {
            source.fault(post.at, "Duplicate build condition name: \"${name}\"")
        }
        for (PostCondition condition : post.conditions) {
            if (!Shapes.POST_CONDITIONS.contains(condition.name)) {
                source.fault(condition.at, "Invalid condition \"${condition.name}\" - valid conditions are ${Shapes.POST_CONDITIONS}")
            }
            calls.branch(condition.branch)
        }
    }

    private void tools(Tools tools) {
        if (tools.tools.isEmpty()) { source.fault(tools.at, 'No tools specified') }
        for (Map.Entry<Key, Value> entry : tools.tools.entrySet()) {
            List<String> installed = Shapes.TOOLS.get(entry.key.text)
            Value wanted = entry.value
            if (installed == null) {
                source.fault(entry.key.at, "Invalid tool type \"${entry.key.text}\". Valid tool types: ${Shapes.TOOLS.keySet()}")
            } else if (wanted.literal && !installed.contains(wanted.value)) {
                source.fault(wanted.at, "Tool type \"${entry.key.text}\" does not have an install of \"${wanted.value}\" configured" +
                    " - did you mean \"${Shape.nearest(String.valueOf(wanted.value), installed)}\"?")
            }
        }
    }

    private void input(Input input) {
        if (input.fields.get('message') == null) { source.fault(input.at, 'No message specified for input') }
        for (CallNode parameter : input.parameters) { calls.parameter(parameter) }
    }

    private void agent(Agent agent) {
        String type = agent.type?.text
        if (type == null) {
            source.fault(agent.at, "No agent type specified. Must be one of ${Shapes.AGENT_NAMES}")
            return
        }
        if (StepParser.BARE_AGENTS.contains(type)) { return }
        Shape shape = Shapes.AGENTS.get(type)
        if (shape == null) {
            source.fault(agent.type.at, "Invalid agent type \"${type}\" specified. Must be one of ${Shapes.AGENT_NAMES}")
            return
        }
        if (agent.options == null) { return }
        for (String name : shape.required) {
            if (!agent.options.keySet().any { Key key -> key.text == name }) {
                source.fault(agent.type.at, "Missing required parameter for agent type \"${type}\": ${name}")
            }
        }
        for (Key key : agent.options.keySet()) {
            if (!shape.types.containsKey(key.text)) {
                source.fault(key.at, "Invalid config option \"${key.text}\" for agent type \"${type}\". Valid config options are ${shape.types.keySet()}")
            }
        }
    }
}
