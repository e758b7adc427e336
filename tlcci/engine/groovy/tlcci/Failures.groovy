package tlcci

import groovy.transform.CompileStatic
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/** Turns exceptions into facts for Python, and Python's facts into exceptions. */
@CompileStatic
final class Failures {
    private Failures() { }

    /** Returns what Python needs to know of *error*: its chain from the outside in, each with its script frames. */
    static Map encode(Throwable error, int handle) {
        List chain = new ArrayList()
        for (Throwable at = error; at != null && chain.size() < 20; at = at.cause) {
            List frames = new ArrayList()
            for (StackTraceElement frame : at.stackTrace) {
                if (frames.size() >= 40) { break }
                frames.add(frame.toString())
            }
            chain.add([type: at.class.name, message: at.message, frames: frames, line: lineOf(at), proxied: isProxied(at)])
        }
        Map<String, Object> facts = (Map<String, Object>) [handle: handle, type: error.class.name, message: text(error), chain: chain]
        List<String> parents = new ArrayList<String>()
        for (Class type = error.class; type != null && type != Object; type = type.superclass) { parents.add(type.name) }
        facts.put('types', parents)
        if (error instanceof FlowInterruptedException) {
            FlowInterruptedException interruption = (FlowInterruptedException) error
            facts.put('result', interruption.result.toString())
            facts.put('actual', interruption.actualInterruption)
            facts.put('causes', interruption.causes.collect { Object cause -> ((HostObject) cause).facts })
        }
        return facts
    }

    /** Jenkins keeps only a stand-in of an error that it could not read back after a restart. */
    private static boolean isProxied(Throwable error) {
        error instanceof MissingMethodException || error.class.classLoader instanceof GroovyClassLoader
    }

    private static String text(Throwable error) {
        try { return error.message } catch (Throwable ignored) { return null }
    }

    private static Integer lineOf(Throwable error) {
        for (StackTraceElement frame : error.stackTrace) {
            if (frame.fileName == 'WorkflowScript' && frame.lineNumber > 0) { return frame.lineNumber }
        }
        return null
    }

    /** Returns the exception that Python described: a class of Jenkins' by its name, with a message. */
    static Throwable decode(Map facts) {
        String type = (String) facts.get('type')
        String message = (String) facts.get('message')
        if (type == FlowInterruptedException.name) {
            List causes = new ArrayList()
            for (Object cause : (List) (facts.get('causes') ?: [])) { causes.add(new HostObject('CauseOfInterruption', (Map<String, Object>) cause)) }
            return new FlowInterruptedException((String) facts.get('result') ?: 'ABORTED', facts.get('actual') != false, causes)
        }
        Class found = Class.forName(type, true, Failures.classLoader)
        if (facts.get('signature') != null) {
            return (Throwable) found.getConstructor(String, String).newInstance(message, (String) facts.get('signature'))
        }
        return message == null ? (Throwable) found.getConstructor().newInstance() : (Throwable) found.getConstructor(String).newInstance(message)
    }
}
