package tlcci

import groovy.transform.CompileStatic

/** Runs one program after the other, as Python asks. The arguments are the paths of the two pipes. */
@CompileStatic
final class Main {
    private Main() { }

    static void main(String[] args) {
        Wire wire = new Wire(new FileInputStream(args[0]), new FileOutputStream(args[1]))
        wire.send([t: 'ready', java: System.getProperty('java.version')])
        wire.flush()
        WarmUp.run()
        while (true) {
            Map message = wire.read()
            if (message == null) { Runtime.runtime.halt(0) }
            if (message.get('t') == 'start') { new Program(wire, message).run((String) message.get('text')) }
        }
    }
}
