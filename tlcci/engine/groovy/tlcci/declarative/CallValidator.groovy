package tlcci.declarative

import groovy.transform.CompileStatic
import java.util.regex.Pattern
import java.util.regex.PatternSyntaxException
import org.codehaus.groovy.ast.ASTNode

/** Checks steps, conditions and the calls in options, parameters and triggers against their shapes. */
@CompileStatic
final class CallValidator {
    private static final Map<String, String> BLOCKED = [
        stage: 'The stage step cannot be used in Declarative Pipelines',
        properties: 'The properties step cannot be used in Declarative Pipelines',
        parallel: "The parallel step can only be used as the only top-level step in a stage's step block",
    ]
    private static final String NODE_BLOCKED = 'The node step cannot be called as an argument to a method in Declarative Pipelines'
    private static final String MIXED = 'Cannot mix named and unnamed arguments'
    private final Source source

    CallValidator(Source source) { this.source = source }

    void branch(Branch branch) {
        if (branch.steps.empty) { source.fault(branch.at, 'No steps specified for branch') }
        for (StepNode step : branch.steps) { this.step(step) }
    }

    private void step(StepNode step) {
        Shape shape = step.name == null || step.code ? null : Shapes.STEPS.get(step.name)
        if (shape != null) { arguments(step.at, step.name, step.arguments, shape) }
        if (BLOCKED.containsKey(step.name)) { blocked(step.at, step.name, BLOCKED.get(step.name)) }
        for (StepNode child : step.children) { this.step(child) }
    }

    private void blocked(ASTNode at, String name, String why) {
        source.fault(at, "Invalid step \"${name}\" used - not allowed in this context - ${why}")
    }

    private boolean arguments(ASTNode at, String name, Arguments given, Shape shape) {
        if (given.positional != null) {
            source.fault(at, "Arguments to \"${name}\" must be explicitly named.")
            return false
        }
        if (given.single != null) { return single(at, given.single, shape) }
        boolean sound = true
        for (Map.Entry<Key, Value> entry : given.named.entrySet()) {
            boolean alone = given.named.size() == 1 && shape.sole() == entry.key.text && !shape.block
            if (!known(entry.key, shape) || !typed(entry.value, shape.types.get(entry.key.text), alone ? null : entry.key)) { sound = false }
        }
        if (!sound) { return false }
        for (String needed : shape.required) {
            if (!given.hasName(needed)) {
                source.fault(at, "Missing required parameter: \"${needed}\"")
                sound = false
            }
        }
        return sound
    }

    private boolean single(ASTNode at, Value value, Shape shape) {
        if (shape.sole() != null) { return typed(value, shape.types.get(shape.sole()), null) }
        if (shape.block) { return true }
        source.fault(at, 'Step does not take a single required parameter - use named parameters instead')
        return false
    }

    private boolean known(Key key, Shape shape) {
        if (shape.types.containsKey(key.text)) { return true }
        source.fault(key.at, "Invalid parameter \"${key.text}\", did you mean \"${Shape.nearest(key.text, shape.types.keySet())}\"?")
        return false
    }

    private boolean typed(Value value, Class type, Key key) {
        if (!value.literal || Shape.fits(value.value, type)) { return true }
        String forKey = key == null ? '' : " for parameter \"${key.text}\""
        source.fault(value.at, "Expecting \"${type}\"${forKey} but got \"${value.value}\" of type ${value.value?.class} instead")
        return false
    }

    void when(When when) {
        if (when.conditions.empty) { source.fault(when.at, 'Empty when closure, remove the property or add some content.') }
        for (Condition condition : when.conditions) { this.condition(condition) }
    }

    private void condition(Condition condition) {
        if (condition.name == null || condition.name == 'expression') { return }
        Integer wanted = Shapes.CHILDREN.get(condition.name)
        if (!Shapes.CONDITIONS.containsKey(condition.name)) {
            source.fault(condition.at, "Unknown conditional ${condition.name}. Valid conditionals are: ${Shapes.CONDITIONS.keySet().join(', ')}")
        } else if (wanted != null) {
            nested(condition, wanted)
        } else if (!condition.children.empty) {
            source.fault(condition.at, "No children when conditions are allowed for when condition \"${condition.name}\".")
        } else if (condition.arguments != null) {
            arguments(condition.at, condition.name, condition.arguments, Shapes.CONDITIONS.get(condition.name))
        }
        if (condition.name == 'changelog') { changelog(condition) }
        for (Condition child : condition.children) { this.condition(child) }
    }

    private void nested(Condition condition, int wanted) {
        if (condition.arguments != null) {
            source.fault(condition.at, "No additional arguments are allowed for children when condition \"${condition.name}\".")
        } else if (wanted < 0) {
            if (condition.children.empty) {
                source.fault(condition.at, "Nested when condition \"${condition.name}\" requires at least one child condition.")
            }
        } else if (condition.children.size() != wanted) {
            source.fault(condition.at, "Nested when condition \"${condition.name}\" requires exactly ${wanted} child condition(s).")
        } else {
            for (Condition child : condition.children) { this.condition(child) }
        }
    }

    private void changelog(Condition condition) {
        Value value = condition.arguments?.single ?: condition.arguments?.positional?.find { true } as Value
        if (value == null) { value = condition.arguments?.named?.get(new Key(null, 'pattern')) }
        if (value == null) {
            source.fault(condition.at, 'Changelog is missing required parameter "pattern".')
            return
        }
        try {
            Pattern.compile(String.valueOf(value.value))
        } catch (PatternSyntaxException bad) {
            source.fault(condition.at, "\"${value.value}\" is not a valid regular expression. ${bad.message}")
        }
    }

    void options(CallSection section, boolean inStage) {
        if (section.calls.empty) { source.fault(section.at, 'options can not be empty') }
        for (String name : Validator.repeated(names(section))) { source.fault(section.at, "Duplicate option name: \"${name}\"") }
        List<String> allowed = Shapes.options(inStage)
        for (CallNode call : section.calls) {
            if (call.name != null && !allowed.contains(call.name)) {
                source.fault(call.at, "Invalid option type \"${call.name}\". Valid option types: ${allowed}")
            }
        }
        for (CallNode call : section.calls) { option(call) }
    }

    private void option(CallNode option) {
        if (option.name == null) { return }
        if (mixed(option)) { source.fault(option.at, MIXED) }
        if (option.name == 'parameters' || option.name == 'triggers') {
            source.fault(option.at, "The \"${option.name}\" job property can't be used in the \"options\" directive. " +
                "Use the \"${option.name} {...}\" directive instead.")
        }
        call(option, Shapes.JOB_PROPERTIES.get(option.name) ?: Shapes.FLAGS.get(option.name) ?: Shapes.STEPS.get(option.name))
    }

    private static List<String> names(CallSection section) {
        section.calls.findAll { CallNode call -> call.name != null }.collect { CallNode call -> call.name }
    }

    private static boolean mixed(CallNode call) {
        boolean named = call.arguments.any { Object each -> each instanceof NamedArgument }
        return named && !call.arguments.every { Object each -> each instanceof NamedArgument }
    }

    void triggers(CallSection section) {
        if (section.calls.empty) { source.fault(section.at, 'triggers can not be empty') }
        for (String name : Validator.repeated(names(section))) { source.fault(section.at, "Duplicate trigger name: \"${name}\"") }
        for (CallNode call : section.calls) { typedCall(call, 'trigger', Shapes.TRIGGERS) }
    }

    void parameters(CallSection section) {
        if (section.calls.empty) { source.fault(section.at, 'parameters can not be empty') }
        for (CallNode call : section.calls) { parameter(call) }
    }

    void parameter(CallNode call) { typedCall(call, 'parameter', Shapes.PARAMETERS) }

    private void typedCall(CallNode call, String what, Map<String, Shape> shapes) {
        if (call.name == null) { return }
        if (!shapes.containsKey(call.name)) {
            source.fault(call.at, "Invalid ${what} type \"${call.name}\". Valid ${what} types: ${shapes.keySet()}")
        } else if (mixed(call)) {
            source.fault(call.at, MIXED)
        }
        this.call(call, shapes.get(call.name))
    }

    private void call(CallNode call, Shape shape) {
        if (shape != null) { callArguments(call, shape) }
        for (Object argument : call.arguments) {
            Object value = argument instanceof NamedArgument ? ((NamedArgument) argument).value : argument
            if (value instanceof CallNode) { nestedCall((CallNode) value) }
        }
    }

    private void nestedCall(CallNode call) {
        callAlone(call)
        for (Object argument : call.arguments) {
            Object value = argument instanceof NamedArgument ? ((NamedArgument) argument).value : argument
            if (value instanceof CallNode) { nestedCall((CallNode) value) }
        }
    }

    private void callAlone(CallNode call) {
        Shape shape = Shapes.NESTED.get(call.name) ?: Shapes.STEPS.get(call.name)
        if (shape != null) { callArguments(call, shape) }
        if (BLOCKED.containsKey(call.name) || call.name == 'node') { blocked(call.at, call.name, BLOCKED.get(call.name) ?: NODE_BLOCKED) }
    }

    private void callArguments(CallNode call, Shape shape) {
        if (call.arguments.any { Object each -> each instanceof NamedArgument }) {
            for (Object argument : call.arguments) {
                if (argument instanceof NamedArgument) {
                    named((NamedArgument) argument, shape)
                } else {
                    source.fault(call.at, MIXED)
                }
            }
        } else if (call.arguments.size() > 1) {
            source.fault(call.at, "Arguments to \"${call.name}\" must be explicitly named.")
        } else if (shape.required.size() != call.arguments.size()) {
            boolean flag = call.arguments.empty && shape.sole() != null && shape.types.get(shape.sole()) == Boolean
            if (!flag) {
                source.fault(call.at, "\"${call.name}\" should have ${shape.required.size()} arguments but has ${call.arguments.size()} arguments instead.")
            }
        } else if (!call.arguments.empty) {
            Object only = call.arguments.get(0)
            if (only instanceof CallNode) { callAlone((CallNode) only) } else { typed((Value) only, shape.types.get(shape.sole()), null) }
        }
    }

    private void named(NamedArgument argument, Shape shape) {
        if (!known(argument.key, shape)) { return }
        if (argument.value instanceof CallNode) {
            callAlone((CallNode) argument.value)
        } else if (argument.value != null) {
            typed((Value) argument.value, shape.types.get(argument.key.text), argument.key)
        }
    }
}
