package hudson.plugins.git

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted
import tlcci.HostObject

/** The global `scm`: where the Jenkinsfile came from. */
@CompileStatic
@Permitted
final class GitSCM implements Serializable {
    private static final long serialVersionUID = 1
    final Map<String, Object> facts

    GitSCM(Map facts) { this.facts = facts }

    List getBranches() { objects('branches', 'BranchSpec') }
    List getUserRemoteConfigs() { objects('userRemoteConfigs', 'UserRemoteConfig') }
    List getExtensions() { objects('extensions', 'GitSCMExtension') }
    String getKey() { "git ${((Map) ((List) facts.get('userRemoteConfigs')).get(0)).get('url')}".toString() }

    private List objects(String key, String kind) {
        ((List) facts.get(key)).collect { Object item -> new HostObject(kind, (Map<String, Object>) item) }
    }
}
