package tlcci.cps

import com.cloudbees.groovy.cps.CpsTransformer
import com.cloudbees.groovy.cps.MethodLocation
import com.cloudbees.groovy.cps.TransformerConfiguration
import com.cloudbees.groovy.cps.sandbox.Trusted
import com.cloudbees.groovy.cps.sandbox.Untrusted
import org.codehaus.groovy.ast.ClassHelper
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.FieldNode
import org.codehaus.groovy.ast.MethodNode
import org.codehaus.groovy.ast.expr.CastExpression
import org.codehaus.groovy.ast.expr.ClassExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.ConstructorCallExpression
import org.codehaus.groovy.ast.expr.Expression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.PropertyExpression
import org.codehaus.groovy.ast.expr.SpreadExpression
import org.codehaus.groovy.ast.expr.SpreadMapExpression
import org.codehaus.groovy.ast.expr.TupleExpression
import org.codehaus.groovy.ast.stmt.Statement
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.LabelVerifier
import org.codehaus.groovy.control.SourceUnit
import org.jenkinsci.plugins.workflow.cps.CpsClosure2
import org.kohsuke.groovy.sandbox.SandboxTransformer

/**
 * Compiles a script for suspension as today's Jenkins does, on top of the last published transformer.
 *
 * Differences mended here: spread lists, maps and arguments; default values of parameters may
 * call methods that suspend; `break` and `continue` outside a loop are compile errors.
 */
class PipelineTransformer extends CpsTransformer {
    private static final ClassNode BUILDER = ClassHelper.makeCached(PipelineBuilder)
    private static final ClassNode LOCATION = ClassHelper.makeCached(MethodLocation)

    private final boolean sandboxed
    private final SandboxTransformer guard = new SandboxTransformer()
    private Object guardVisitor
    private String sourceName

    PipelineTransformer(boolean sandboxed) {
        this.sandboxed = sandboxed
        setConfiguration(new TransformerConfiguration().withClosureType(CpsClosure2))
    }

    @Override
    void call(SourceUnit source, GeneratorContext context, ClassNode classNode) {
        if (!classNode.interface) {
            sourceName = source.name.substring(Math.max(source.name.lastIndexOf('/'), source.name.lastIndexOf('\\')) + 1)
            new LabelVerifier(source).visitClass(classNode)
            new DefaultArguments(classNode).expand()
            guardVisitor = sandboxed ? guard.createVisitor(source, classNode) : null
        }
        super.call(source, context, classNode)
    }

    @Override
    protected Expression makeBuilder(MethodNode method) {
        Expression where = new ConstructorCallExpression(LOCATION, new TupleExpression(
            new ConstantExpression(method.declaringClass.name),
            new ConstantExpression(method.name), new ConstantExpression(sourceName)))
        Expression tag = new PropertyExpression(new ClassExpression(ClassHelper.makeCached(trustTag)), 'INSTANCE')
        Expression builder = new ConstructorCallExpression(BUILDER, new TupleExpression(where, tag))
        return new MethodCallExpression(
            builder, 'withClosureType', new TupleExpression(new ClassExpression(config.closureType)))
    }

    @Override
    protected Class getTrustTag() {
        return sandboxed ? Untrusted : Trusted
    }

    @Override
    void visitSpreadExpression(SpreadExpression expression) {
        makeNode('spread') {
            loc(expression)
            visit(expression.expression)
        }
    }

    @Override
    void visitSpreadMapExpression(SpreadMapExpression expression) {
        makeNode('spreadMap') {
            loc(expression)
            visit(expression.expression)
        }
    }

    @Override
    void visitCastExpression(CastExpression cast) {
        if (!sandboxed) {
            super.visitCastExpression(cast)
            return
        }
        makeNode('sandboxCastOrCoerce') {
            loc(cast)
            visit(cast.expression)
            literal(cast.type)
            literal(cast.ignoringAutoboxing)
            literal(cast.coerce)
            literal(cast.strict)
        }
    }

    /** What is not transformed for suspension is still guarded: constructors, initializers, @NonCPS. */
    @Override
    protected void processConstructors(ClassNode type) {
        if (sandboxed) {
            guard.processConstructors(guardVisitor, type)
        }
    }

    @Override
    protected void visitNontransformedMethod(MethodNode method) {
        guardVisitor?.visitMethod(method)
    }

    @Override
    protected void visitNontransformedField(FieldNode field) {
        guardVisitor?.visitField(field)
    }

    @Override
    protected void visitNontransformedStatement(Statement statement) {
        if (sandboxed) {
            statement.visit(guardVisitor)
        }
    }
}
