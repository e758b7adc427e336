package tlcci

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted

/** A container that `docker.image(..).run` or `.withRun` started. */
@CompileStatic
@Permitted
final class DockerContainer implements Serializable {
    private static final long serialVersionUID = 1
    final String id

    DockerContainer(String id) { this.id = id }

    Object stop() { Program.current.invokeStep('dockerStop', [[id: id]] as Object[]) }
    Object port(int port) { Program.current.invokeStep('dockerPort', [[id: id, port: port]] as Object[]) }
}
