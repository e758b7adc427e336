package tlcci

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted

/** The global `docker` of the Docker Pipeline plugin. Each call is one step, so that Python owns what happens. */
@CompileStatic
@Permitted
final class Docker implements Serializable {
    private static final long serialVersionUID = 1
    final PipelineScript script

    Docker(PipelineScript script) { this.script = script }

    DockerImage image(String id) { new DockerImage(id) }
    Object build(String tag) { build(tag, '.') }
    Object build(String tag, String args) { Program.current.invokeStep('dockerBuild', [[image: tag, args: args]] as Object[]) }
    Object withRegistry(String url, Closure body) { withRegistry(url, null, body) }
    Object withRegistry(String url, String credentialsId, Closure body) {
        Program.current.invokeStep('withDockerRegistry', [[url: url, credentialsId: credentialsId], body] as Object[])
    }
    Object withServer(String uri, Closure body) { withServer(uri, null, body) }
    Object withServer(String uri, String credentialsId, Closure body) {
        Program.current.invokeStep('withDockerServer', [[uri: uri, credentialsId: credentialsId], body] as Object[])
    }
}
