package tlcci.cps

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.ClassHelper
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.MethodNode
import org.codehaus.groovy.ast.Parameter
import org.codehaus.groovy.ast.VariableScope
import org.codehaus.groovy.ast.expr.ArgumentListExpression
import org.codehaus.groovy.ast.expr.CastExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.StaticMethodCallExpression
import org.codehaus.groovy.ast.expr.VariableExpression
import org.codehaus.groovy.ast.stmt.BlockStatement
import org.codehaus.groovy.ast.stmt.ReturnStatement

/**
 * Writes out `f(a, b = g())` as `f(a, b)` and `f(a)`, before either is transformed.
 *
 * Groovy does so itself, but too late: its short form would call g() where nothing can suspend.
 */
@CompileStatic
class DefaultArguments {
    private final ClassNode type

    DefaultArguments(ClassNode type) {
        this.type = type
    }

    void expand() {
        for (MethodNode method : new ArrayList<MethodNode>(type.methods)) {
            int optional = 0
            for (Parameter parameter : method.parameters) {
                optional += parameter.hasInitialExpression() ? 1 : 0
            }
            if (optional > 0 && !method.synthetic) {
                writeOut(method, optional)
            }
        }
    }

    private void writeOut(MethodNode method, int optional) {
        Parameter[] full = new Parameter[method.parameters.length]
        for (int i = 0; i < full.length; i++) {
            full[i] = plain(method.parameters[i])
        }
        for (int dropped = 1; dropped <= optional; dropped++) {
            addShortForm(method, optional - dropped)
        }
        for (Parameter parameter : method.parameters) {
            parameter.initialExpression = null
        }
    }

    /** Adds the form of *method* that takes only the first *kept* of its optional parameters. */
    private void addShortForm(MethodNode method, int kept) {
        List<Parameter> taken = []
        List<Expression> passed = []
        int seen = 0
        for (Parameter parameter : method.parameters) {
            boolean optional = parameter.hasInitialExpression()
            if (optional && seen++ >= kept) {
                passed.add(new CastExpression(parameter.type, parameter.initialExpression))
            } else {
                Parameter own = plain(parameter)
                taken.add(own)
                passed.add(new VariableExpression(own))
            }
        }
        Parameter[] parameters = taken as Parameter[]
        if (type.getDeclaredMethod(method.name, parameters) != null) {
            return  // Groovy reports the clash itself
        }
        BlockStatement body = new BlockStatement()
        body.variableScope = new VariableScope()
        body.addStatement(new ReturnStatement(callTo(method, new ArgumentListExpression(passed))))
        MethodNode added = new MethodNode(
            method.name, method.modifiers, method.returnType, parameters, method.exceptions, body)
        added.addAnnotations(method.annotations)
        added.sourcePosition = method
        type.addMethod(added)
    }

    private Expression callTo(MethodNode method, ArgumentListExpression arguments) {
        Expression call
        if (method.static) {
            call = new StaticMethodCallExpression(type, method.name, arguments)
        } else {
            MethodCallExpression own = new MethodCallExpression(VariableExpression.THIS_EXPRESSION, method.name, arguments)
            own.implicitThis = true
            call = own
        }
        call.sourcePosition = method
        return call
    }

    private static Parameter plain(Parameter parameter) {
        Parameter copy = new Parameter(parameter.type, parameter.name)
        copy.sourcePosition = parameter
        return copy
    }
}
