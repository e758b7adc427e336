package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.ASTNode
import org.codehaus.groovy.ast.expr.BinaryExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.TupleExpression
import org.codehaus.groovy.ast.expr.VariableExpression
import org.codehaus.groovy.ast.stmt.BlockStatement
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.syntax.SyntaxException

/** A Jenkinsfile's syntax tree: what its statements look like, and where its faults are filed. */
@CompileStatic
final class Source {
    final SourceUnit unit

    Source(SourceUnit unit) { this.unit = unit }

    boolean isFaulty() { unit.errorCollector.errorCount > 0 }

    /** Files a fault at *node*; the compiler reports all of them together. */
    void fault(ASTNode node, String message) {
        ASTNode at = node == null ? new ASTNode() : node
        unit.addError(new SyntaxException(message, at.lineNumber, at.columnNumber, at.lastLineNumber, at.lastColumnNumber))
    }

    /** Returns the text that *node* was read from. */
    String text(ASTNode node) {
        if (node instanceof BinaryExpression) {
            BinaryExpression binary = (BinaryExpression) node
            return text(binary.leftExpression) + binary.operation.text + text(binary.rightExpression)
        }
        int[] span = span(node)
        List<String> lines = new ArrayList<String>()
        for (int line = span[0]; line <= span[2]; line++) {
            String text = unit.source.getLine(line, null)
            if (text == null) { return node.text }
            if (line == span[2]) { text = text.substring(0, Math.min(text.length(), span[3] - 1)) }
            if (line == span[0]) { text = text.substring(Math.min(text.length(), span[1] - 1)) }
            lines.add(text)
        }
        return lines.join('\n').trim()
    }

    /** A block's own end is unreliable, so its statements widen it. */
    private static int[] span(ASTNode node) {
        int[] span = [node.lineNumber, node.columnNumber, node.lastLineNumber, node.lastColumnNumber] as int[]
        if (node instanceof BlockStatement) {
            for (Statement inner : ((BlockStatement) node).statements) {
                if (inner.lineNumber < span[0]) {
                    span[0] = inner.lineNumber
                    span[1] = inner.columnNumber
                }
                if (inner.lastLineNumber > span[2]) {
                    span[2] = inner.lastLineNumber
                    span[3] = inner.lastColumnNumber
                }
            }
        }
        return span
    }

    static List<Statement> statements(Statement code) {
        code instanceof BlockStatement ? ((BlockStatement) code).statements : [code]
    }

    /** Returns the call that *statement* is, or null. */
    static MethodCallExpression call(Statement statement) {
        Expression expression = statement instanceof ExpressionStatement ? ((ExpressionStatement) statement).expression : null
        return expression instanceof MethodCallExpression ? (MethodCallExpression) expression : null
    }

    static List<Expression> arguments(MethodCallExpression call) {
        call.arguments instanceof TupleExpression ? ((TupleExpression) call.arguments).expressions : [call.arguments]
    }

    /** Returns the name of a call on the script itself, or null for any other call. */
    static String symbol(MethodCallExpression call) {
        Expression target = call.objectExpression
        return target instanceof VariableExpression && ((VariableExpression) target).name == 'this' ? call.methodAsString : null
    }

    /** Returns the closure that ends the arguments of the call on the script that *statement* is, or null. */
    static ClosureExpression block(Statement statement) {
        MethodCallExpression call = call(statement)
        return call == null || symbol(call) == null ? null : closure(call)
    }

    private static ClosureExpression closure(MethodCallExpression call) {
        List<Expression> list = arguments(call)
        Expression last = list.empty ? null : list.get(list.size() - 1)
        return last instanceof ClosureExpression ? (ClosureExpression) last : null
    }

    /** Returns the name of a call; any call that is not on the script itself is a fault. */
    String name(MethodCallExpression call) {
        String name = symbol(call)
        if (name != null) { return name }
        Expression target = call.objectExpression
        boolean onVariable = target instanceof VariableExpression && !((VariableExpression) target).thisExpression
        fault(call, onVariable ? 'Method calls on objects not allowed outside "script" blocks.' : 'Expected a symbol')
        return 'error'
    }

    /** Returns the string or the bare word that *expression* is; '' and a fault for anything else. */
    String word(Expression expression) {
        String word = null
        if (expression instanceof ConstantExpression) {
            Object value = ((ConstantExpression) expression).value
            word = value instanceof String ? (String) value : null
        } else if (expression instanceof VariableExpression) {
            word = ((VariableExpression) expression).name
        }
        if (word == null) { fault(expression, 'Expected string literal') }
        return word ?: ''
    }

    Key key(Expression expression) { new Key(expression, word(expression) ?: 'error') }
}
