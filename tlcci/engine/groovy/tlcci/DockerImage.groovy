package tlcci

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted

/** An image that `docker.image` or `docker.build` gave. */
@CompileStatic
@Permitted
final class DockerImage implements Serializable {
    private static final long serialVersionUID = 1
    final String id

    DockerImage(String id) { this.id = id }

    String imageName() { id }
    Object inside(Closure body) { inside('', body) }
    Object inside(String args, Closure body) { call('withDockerContainer', [image: id, args: args], body) }
    Object withRun(Closure body) { withRun('', '', body) }
    Object withRun(String args, Closure body) { withRun(args, '', body) }
    Object withRun(String args, String command, Closure body) { call('dockerWithRun', [image: id, args: args, command: command], body) }
    Object run() { run('', '') }
    Object run(String args) { run(args, '') }
    Object run(String args, String command) { call('dockerRun', [image: id, args: args, command: command]) }
    Object pull() { call('dockerPull', [image: id]) }
    Object push() { push(null) }
    Object push(String tag) { call('dockerPush', [image: id, tag: tag]) }
    Object tag(String name) { call('dockerTag', [image: id, tag: name]) }

    private static Object call(String step, Map args, Closure body = null) {
        Program.current.invokeStep(step, (body == null ? [args] : [args, body]) as Object[])
    }
}
