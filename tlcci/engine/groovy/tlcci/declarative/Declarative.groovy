package tlcci.declarative

import groovy.transform.CompileStatic
import org.codehaus.groovy.runtime.InvokerHelper
import tlcci.PipelineScript
import tlcci.Program
import tlcci.Values

/** The global `pipeline`: hands what the compiler made of its block to the interpreter. */
@CompileStatic
final class Declarative {
    // Compiled after this class, with the CPS transformation.
    private static final String INTERPRETER = 'tlcci.declarative.runtime.Interpreter'

    private Declarative() { }

    static Object run(PipelineScript script, Closure definition) {
        Class type = Class.forName(INTERPRETER, true, Declarative.classLoader)
        Object interpreter = type.getConstructor(Object, Host).newInstance(script, new ProgramHost())
        return InvokerHelper.invokeMethod(interpreter, 'call', [definition] as Object[])
    }

    /** Asks Python through the program that runs. */
    private static final class ProgramHost implements Host {
        private static final long serialVersionUID = 1

        void log(String line) { Program.current.ask('log', [text: line] as Map) }

        void at(int line) { Program.current.line = line }

        Object ask(String what, Map<String, Object> facts) {
            Program.current.ask(what, (Map) Values.encode(facts, new ArrayList<Closure>()))
        }
    }
}
