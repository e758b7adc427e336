package tlcci.declarative

import groovy.transform.CompileStatic
import groovy.transform.EqualsAndHashCode
import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression

/** A name in a Jenkinsfile. Two are equal when they read alike. */
@CompileStatic
@EqualsAndHashCode(includes = ['text'])
final class Key {
    final ASTNode at
    String text

    Key(ASTNode at, String text) {
        this.at = at
        this.text = text
    }
}

/** A value in a Jenkinsfile: a literal, or an expression that only a run can evaluate. */
@CompileStatic
@EqualsAndHashCode(includes = ['value', 'literal'])
final class Value {
    final ASTNode at
    final Object value
    final boolean literal

    Value(ASTNode at, Object value, boolean literal) {
        this.at = at
        this.value = value
        this.literal = literal
    }
}

/** The arguments of a step or condition: named, one alone, or several by place. */
@CompileStatic
final class Arguments {
    Map<Key, Value> named
    Value single
    List<Value> positional

    boolean hasName(String name) { named.keySet().any { Key key -> key.text == name } }
}

/** A step as the checks see it: *code* where its block is plain Groovy. */
@CompileStatic
final class StepNode {
    ASTNode at
    String name
    Arguments arguments
    List<StepNode> children = []
    boolean code
}

/** The steps of a stage, of one branch of it, or of a post condition. */
@CompileStatic
final class Branch {
    ASTNode at
    String name
    List<StepNode> steps = []
}

/** A call in `options`, `triggers` or `parameters`, or one nested in its arguments. */
@CompileStatic
final class CallNode {
    ASTNode at
    String name
    /** Each a Value, a CallNode or a NamedArgument. */
    List<Object> arguments = []
    MethodCallExpression expression
}

@CompileStatic
final class NamedArgument {
    Key key
    /** A Value, a CallNode, or null after a fault. */
    Object value
}

/** A section that is a list of calls. */
@CompileStatic
final class CallSection {
    ASTNode at
    List<CallNode> calls = []
}

@CompileStatic
final class Environment {
    ASTNode at
    Map<Key, EnvironmentValue> variables = [:]
}

@CompileStatic
final class EnvironmentValue {
    final Expression expression
    /** Whether it is `credentials(..)`; *expression* is the identifier then. */
    final boolean credentials

    EnvironmentValue(Expression expression, boolean credentials) {
        this.expression = expression
        this.credentials = credentials
    }
}

@CompileStatic
final class Tools {
    ASTNode at
    Map<Key, Value> tools = [:]
}

@CompileStatic
final class Libraries {
    ASTNode at
    List<Value> names = []
}

@CompileStatic
final class Agent {
    ASTNode at
    Key type
    /** The options of a type that has a block; null where it has one value or none. */
    Map<Key, Object> options
    ClosureExpression body
}

@CompileStatic
final class Condition {
    ASTNode at
    String name
    Arguments arguments
    List<Condition> children = []
    MethodCallExpression call
    /** The block of `expression`. */
    ClosureExpression block
}

@CompileStatic
final class When {
    ASTNode at
    Boolean beforeAgent
    Boolean beforeInput
    Boolean beforeOptions
    List<Condition> conditions = []
}

@CompileStatic
final class PostCondition {
    ASTNode at
    String name
    Branch branch
    ClosureExpression body
}

@CompileStatic
final class Post {
    ASTNode at
    List<PostCondition> conditions = []
}

@CompileStatic
final class Input {
    ASTNode at
    Map<String, Value> fields = [:]
    List<CallNode> parameters = []
}

@CompileStatic
final class Axis {
    ASTNode at
    Key name
    List<Object> values = []
    boolean inverse
}

@CompileStatic
final class AxisList {
    ASTNode at
    List<Axis> axes = []
}

@CompileStatic
final class Excludes {
    ASTNode at
    List<AxisList> excludes = []
}

/** What a stage and a matrix have in common. */
@CompileStatic
abstract class StageBase {
    ASTNode at
    Agent agent
    When when
    Post post
    Tools tools
    Environment environment
    CallSection options
    Input input
    Stages stages
}

@CompileStatic
final class Stage extends StageBase {
    String name
    List<Branch> branches = []
    ClosureExpression steps
    Boolean failFast
    Stages parallel
    Matrix matrix
}

@CompileStatic
final class Matrix extends StageBase {
    AxisList axes
    Excludes excludes
}

@CompileStatic
final class Stages {
    ASTNode at
    boolean parallel
    List<Stage> stages = []
}

@CompileStatic
final class Pipeline {
    ASTNode at
    Agent agent
    Stages stages
    Post post
    Environment environment
    Tools tools
    CallSection options
    CallSection triggers
    CallSection parameters
    Libraries libraries
}
