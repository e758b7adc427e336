package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.ClassCodeExpressionTransformer
import org.codehaus.groovy.ast.ClassHelper
import org.codehaus.groovy.ast.DynamicVariable
import org.codehaus.groovy.ast.Parameter
import org.codehaus.groovy.ast.expr.ArgumentListExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.PropertyExpression
import org.codehaus.groovy.ast.expr.VariableExpression
import org.codehaus.groovy.ast.stmt.ReturnStatement
import org.codehaus.groovy.ast.tools.GeneralUtils
import org.codehaus.groovy.control.SourceUnit

/**
 * Makes a closure of a value of `environment`. It is given a lookup, and asks that for each variable
 * which it names: variables of the same section see each other in any order.
 */
@CompileStatic
final class EnvironmentRewriter extends ClassCodeExpressionTransformer {
    private static final String LOOKUP = '__environment'
    private final SourceUnit unit
    private final Set<String> own
    private String target
    private Parameter lookup

    EnvironmentRewriter(SourceUnit unit, Set<String> own) {
        this.unit = unit
        this.own = own
    }

    ClosureExpression rewrite(String target, Expression value) {
        this.target = target
        this.lookup = new Parameter(ClassHelper.OBJECT_TYPE, LOOKUP)
        ReturnStatement body = new ReturnStatement(transform(value))
        body.sourcePosition = value
        ClosureExpression closure = new ClosureExpression([lookup] as Parameter[], GeneralUtils.block(body))
        closure.sourcePosition = value
        return closure
    }

    @Override
    protected SourceUnit getSourceUnit() { unit }

    @Override
    Expression transform(Expression expression) {
        if (expression instanceof VariableExpression) { return variable((VariableExpression) expression) }
        if (expression instanceof PropertyExpression) {
            PropertyExpression property = (PropertyExpression) expression
            boolean onEnv = property.objectExpression instanceof VariableExpression && ((VariableExpression) property.objectExpression).name == 'env'
            if (onEnv && own.contains(property.propertyAsString)) { return found(property.propertyAsString, property) }
        }
        if (expression instanceof ClosureExpression) {
            ((ClosureExpression) expression).code.visit(this)
            return expression
        }
        return expression == null ? null : expression.transformExpression(this)
    }

    private Expression variable(VariableExpression variable) {
        if (variable.thisExpression || variable.superExpression) { return variable }
        boolean known = own.contains(variable.name) && variable.name != target
        return known || variable.accessedVariable instanceof DynamicVariable ? found(variable.name, variable) : variable
    }

    private Expression found(String name, Expression at) {
        String where = own.contains(name) && name != target ? 'own' : 'script'
        MethodCallExpression call = new MethodCallExpression(new VariableExpression(lookup), 'call',
            new ArgumentListExpression(new ConstantExpression(where), new ConstantExpression(name)))
        call.implicitThis = false
        call.sourcePosition = at
        return call
    }
}
