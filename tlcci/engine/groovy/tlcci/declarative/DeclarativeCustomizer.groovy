package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.CodeVisitorSupport
import org.codehaus.groovy.ast.MethodNode
import org.codehaus.groovy.ast.ModuleNode
import org.codehaus.groovy.ast.expr.ArgumentListExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.classgen.VariableScopeVisitor
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.customizers.CompilationCustomizer

/**
 * Finds the `pipeline` block of a script, checks it and writes it in the interpreter's form.
 * It has to stand before the CPS transformation, which works in a later phase.
 */
@CompileStatic
final class DeclarativeCustomizer extends CompilationCustomizer {
    DeclarativeCustomizer() { super(CompilePhase.SEMANTIC_ANALYSIS) }

    @Override
    void call(SourceUnit unit, GeneratorContext context, ClassNode type) {
        if (!type.script) { return }
        ModuleNode module = unit.AST
        List<Statement> statements = module.statementBlock.statements
        Statement top = statements.find { Statement each -> isPipeline(each) }
        List<Statement> found = top == null ? inCallMethod(module) : [top]
        if (found.empty) {
            Source source = new Source(unit)
            for (Statement statement : statements) { refuseNested(source, statement) }
            return
        }
        for (Statement each : found) { rewrite(unit, each) }
        new VariableScopeVisitor(unit).visitClass(type)
    }

    static boolean isPipeline(Statement statement) {
        MethodCallExpression call = Source.call(statement)
        return call != null && Source.symbol(call) == 'pipeline'
    }

    /** A shared library's variable may hold whole pipelines in its `call` method. */
    private static List<Statement> inCallMethod(ModuleNode module) {
        MethodNode method = module.methods.find { MethodNode each -> each.name == 'call' }
        List<Statement> found = []
        if (method != null) {
            method.code.visit(new CodeVisitorSupport() {
                @Override
                void visitExpressionStatement(ExpressionStatement statement) {
                    if (isPipeline(statement)) { found.add(statement) } else { super.visitExpressionStatement(statement) }
                }
            })
        }
        return found
    }

    private static void refuseNested(Source source, Statement statement) {
        ClosureExpression block = Source.block(statement)
        if (block == null) { return }
        if (isPipeline(statement)) { source.fault(statement, 'pipeline block must be at the top-level, not within another block.') }
        for (Statement inner : Source.statements(block.code)) { refuseNested(source, inner) }
    }

    private static void rewrite(SourceUnit unit, Statement statement) {
        Source source = new Source(unit)
        Pipeline pipeline = new Parser(source).pipeline(statement)
        if (pipeline == null) { return }
        new Validator(source).pipeline(pipeline)
        if (source.faulty) { return }
        Source.call(statement).arguments = new ArgumentListExpression(new Rewriter(unit).pipeline(pipeline))
    }
}
