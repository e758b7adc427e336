package tlcci

import com.cloudbees.groovy.cps.Continuable
import com.cloudbees.groovy.cps.Continuation
import com.cloudbees.groovy.cps.Env
import com.cloudbees.groovy.cps.Envs
import com.cloudbees.groovy.cps.Outcome
import com.cloudbees.groovy.cps.impl.CpsCallableInvocation
import com.cloudbees.groovy.cps.impl.FunctionCallEnv
import com.cloudbees.groovy.cps.sandbox.Invoker
import groovy.transform.CompileStatic
import org.codehaus.groovy.control.MultipleCompilationErrorsException
import org.codehaus.groovy.runtime.InvokerInvocationException
import org.jenkinsci.plugins.scriptsecurity.sandbox.RejectedAccessException
import org.jenkinsci.plugins.structs.describable.UninstantiatedDescribable
import org.jenkinsci.plugins.workflow.cps.CpsCompilationErrorsException
import tlcci.cps.PipelineBuilder
import tlcci.sandbox.Sandbox

/**
 * One Jenkinsfile being run: its green threads, which all run on this one thread of Java's.
 * Each step is a message to Python; all that a step does happens there.
 */
@CompileStatic
final class Program {
    /** The program that runs; there is one at a time. */
    static Program current

    final Map<String, Map> steps
    final Set<String> symbols
    final Set<String> globals
    /** The line of the call that is being made. */
    int line
    private final Wire wire
    private final ScriptCompiler compiler
    private final Deque<Map> pending = new ArrayDeque<Map>()
    private final List<GreenThread> threads = new ArrayList<GreenThread>()
    private final Map<Integer, GreenThread> waiting = new HashMap<Integer, GreenThread>()
    private final Map<Integer, StepCall> calls = new HashMap<Integer, StepCall>()
    private final Map<Integer, Object> values = new HashMap<Integer, Object>()
    private final List<Throwable> errors = new ArrayList<Throwable>()
    private GreenThread running
    private int lastCall

    Program(Wire wire, Map start) {
        this.wire = wire
        this.steps = (Map<String, Map>) start.get('steps')
        this.symbols = new HashSet<String>((List<String>) start.get('symbols'))
        this.globals = new TreeSet<String>((List<String>) start.get('globals'))
        this.compiler = new ScriptCompiler(start)
        PipelineBuilder.givesOperands = start.get('givesOperands') == true
    }

    /** Compiles *text* and runs it to its end, as thread 0; returns once Python says stop. */
    void run(String text) {
        current = this
        PipelineScript script
        try {
            script = compiler.compile('WorkflowScript', text)
        } catch (Throwable error) {
            wire.send(CompileErrors.encode(error))
            return
        }
        Sandbox.onRefusal { RejectedAccessException refusal -> ask('refused', [message: refusal.message, signature: refusal.signature]) }
        compiler.within { ->
            launch(0, script)
            loop()
        }
    }

    private void launch(int id, PipelineScript script) {
        threads.add(new GreenThread(id, new Continuable(script, Envs.empty(invoker()))))
    }

    private Invoker invoker() { new LineInvoker(Sandbox.invoker()) }

    private void loop() {
        while (true) {
            boolean ran = false
            for (GreenThread thread : new ArrayList<GreenThread>(threads)) {
                if (thread.next != null) {
                    advance(thread)
                    ran = true
                }
            }
            if (ran && pending.isEmpty()) { continue }
            Map message = pending.isEmpty() ? wire.read() : pending.poll()
            if (message == null) { Runtime.runtime.halt(0) }
            if (message.get('t') == 'stop') { return }
            accept(message)
        }
    }

    /** Runs *thread* until it waits for a step or ends. */
    private void advance(GreenThread thread) {
        running = thread
        line = thread.line
        Outcome start = thread.next
        thread.next = null
        Outcome outcome
        try {
            outcome = thread.program.run0(start)
        } catch (Throwable error) {
            outcome = new Outcome(null, error)
        }
        running = null
        thread.line = line
        if (outcome.isSuccess() && outcome.normal instanceof StepCall) {
            StepCall call = (StepCall) outcome.normal
            thread.waiting = call
            waiting.put(call.id, thread)
            calls.put(call.id, call)
            Map<String, Object> message = (Map<String, Object>) [t: 'step', id: call.id, thread: thread.id, name: call.name, args: call.args, line: call.line]
            NotSerializableException unsaved = Saving.fault(thread.program)
            if (unsaved != null) { message.put('unsaved', failure(unsaved)) }
            wire.send(message)
        } else {
            end(thread, outcome)
        }
    }

    private void end(GreenThread thread, Outcome outcome) {
        threads.remove(thread)
        Map<String, Object> message = (Map<String, Object>) [t: 'done', thread: thread.id]
        if (outcome.isSuccess()) {
            values.put(thread.id, outcome.normal)
            message.put('value', simple(outcome.normal))
        } else {
            message.put('error', failure(outcome.abnormal))
        }
        wire.send(message)
    }

    /** Python reads a body's value only where it is plain; all else stays here. */
    private static Object simple(Object value) {
        value instanceof String || value instanceof GString || value instanceof Number || value instanceof Boolean ? Values.encode(value, []) : null
    }

    private Map failure(Throwable error) {
        Throwable plain = unwrap(error)
        errors.add(plain)
        return Failures.encode(plain, errors.size() - 1)
    }

    private static Throwable unwrap(Throwable error) {
        error instanceof InvokerInvocationException && error.cause != null ? error.cause : error
    }

    private void accept(Map message) {
        String kind = (String) message.get('t')
        if (kind == 'resume') {
            resume(message)
        } else if (kind == 'body') {
            startBody(message)
        } else if (kind == 'script') {
            startScript(message)
        } else {
            throw new IllegalStateException("a message of an unknown kind: ${kind}")
        }
    }

    private void resume(Map message) {
        int id = (int) message.get('id')
        GreenThread thread = waiting.remove(id)
        calls.remove(id)
        thread.waiting = null
        try {
            thread.next = new Outcome(result(message), null)
        } catch (Throwable error) {
            thread.next = new Outcome(null, error)
        }
    }

    /** Returns what a step gives back; throws what it fails with. */
    private Object result(Map message) {
        if (message.containsKey('rethrow')) { throw errors.get((int) message.get('rethrow')) }
        if (message.containsKey('raise')) { throw Failures.decode((Map) message.get('raise')) }
        if (message.containsKey('body')) { return values.remove((int) message.get('body')) }
        if (message.containsKey('bodies')) {
            Map results = new LinkedHashMap()
            for (Map.Entry entry : ((Map<?, ?>) message.get('bodies')).entrySet()) { results.put(entry.key, values.remove((int) entry.value)) }
            return results
        }
        return Values.decode(message.get('value'))
    }

    private void startBody(Map message) {
        StepCall step = calls.get((int) message.get('id'))
        Closure body = step.closures.get((int) message.get('closure'))
        List args = ((List) message.get('args') ?: []).collect { Object arg -> Values.decode(arg) }
        begin((int) message.get('thread'), step.line) { -> args.isEmpty() ? body.call() : body.call(args.get(0)) }
    }

    private void startScript(Map message) {
        int id = (int) message.get('thread')
        try {
            launch(id, compiler.compileNext((String) message.get('text')))
        } catch (MultipleCompilationErrorsException error) {
            end(new GreenThread(id, null), new Outcome(null, new CpsCompilationErrorsException(error)))
        } catch (Throwable error) {
            end(new GreenThread(id, null), new Outcome(null, error))
        }
    }

    /** Runs *text* as a script of its own; what it runs can suspend. */
    Object evaluate(String text) { compiler.compileNext(text).run() }

    /** Starts green thread *id* with what *call* does. */
    private void begin(int id, int at, Closure call) {
        line = at
        try {
            Object value = call.call()
            end(new GreenThread(id, null), new Outcome(value, null))
        } catch (CpsCallableInvocation invocation) {
            FunctionCallEnv env = new FunctionCallEnv(null, Continuation.HALT, null, null)
            env.setInvoker(invoker())
            GreenThread thread = new GreenThread(id, new Continuable(invocation.invoke((Env) env, null, Continuation.HALT)))
            thread.line = at
            threads.add(thread)
        } catch (Throwable error) {
            end(new GreenThread(id, null), new Outcome(null, unwrap(error)))
        }
    }

    /** Asks Python and waits for the answer; the program is not suspended. */
    Object ask(String what, Map facts) {
        Map message = [t: 'ask', thread: running == null ? 0 : running.id, line: line, what: what, facts: facts]
        wire.send(message)
        while (true) {
            Map answer = wire.read()
            if (answer == null) { Runtime.runtime.halt(0) }
            if (answer.get('t') != 'answer') {
                pending.add(answer)
            } else {
                return result(answer)
            }
        }
    }

    /** Calls the step or symbol *name*, as a method call on the script or on `steps` does. */
    Object invokeStep(String name, Object[] args) {
        Map step = steps.get(name)
        if (step == null) { return symbol(name, args) }
        List<Closure> closures = new ArrayList<Closure>()
        List encoded = new ArrayList(args.length)
        for (Object arg : args) { encoded.add(Values.encode(arg, closures)) }
        if (step.get('sync') == true) { return ask('step', [name: name, args: encoded]) }
        lastCall++
        return Continuable.suspend(name, new StepCall(lastCall, name, encoded, closures, line))
    }

    private Set<String> listed() {
        Set<String> names = new TreeSet<String>()
        for (Map.Entry<String, Map> step : steps.entrySet()) { if (step.value.get('listed') != false) { names.add(step.key) } }
        return names
    }

    private Object symbol(String name, Object[] args) {
        boolean named = args.length == 0 || (args.length == 1 && args[0] instanceof Map)
        if (symbols.contains(name) || (named && Character.isUpperCase(name.charAt(0)))) {
            Map<String, Object> arguments = new LinkedHashMap<String, Object>()
            if (args.length == 1 && args[0] instanceof Map) {
                arguments.putAll((Map<String, Object>) args[0])
            } else if (args.length > 0) {
                arguments.put('<anonymous>', args[args.length - 1])
            }
            return new UninstantiatedDescribable(name, arguments)
        }
        ask('unknown', [name: name])
        throw new NoSuchMethodError("No such DSL method '${name}' found among steps ${listed()} or symbols ${new TreeSet(symbols)} or globals ${globals}".toString())
    }
}
