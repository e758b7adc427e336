package org.jenkinsci.plugins.workflow.support.steps.build

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted
import hudson.model.Result
import hudson.model.Run
import tlcci.HostObject
import tlcci.Program

/** The global `currentBuild`, and each build that is reached from it. *build* is its number; 0 is the build that runs. */
@CompileStatic
final class RunWrapper implements Serializable {
    private static final long serialVersionUID = 1
    private final int build

    RunWrapper(int build) { this.build = build }

    private Object fact(String name) { Program.current.ask('build.get', [build: build, name: name]) }

    private RunWrapper other(String name) {
        Object number = fact(name)
        return number == null ? null : new RunWrapper((int) number)
    }

    private void set(String name, Object value) { Program.current.ask('build.set', [build: build, name: name, value: value]) }

    @Permitted
    int getNumber() { (int) fact('number') }
    @Permitted
    String getId() { fact('id') }
    @Permitted
    String getDisplayName() { fact('displayName') }
    @Permitted
    void setDisplayName(String name) { set('displayName', name) }
    @Permitted
    String getFullDisplayName() { fact('fullDisplayName') }
    @Permitted
    String getProjectName() { fact('projectName') }
    @Permitted
    String getFullProjectName() { fact('fullProjectName') }
    @Permitted
    String getDescription() { fact('description') }
    @Permitted
    void setDescription(String text) { set('description', text) }
    @Permitted
    String getResult() { fact('result') }
    @Permitted
    void setResult(String result) {
        if (result == null) { throw new NullPointerException('Cannot invoke "String.equalsIgnoreCase(String)" because "s" is null') }
        set('result', Result.fromString(result).toString())
    }
    @Permitted
    String getCurrentResult() { fact('currentResult') }
    @Permitted
    boolean resultIsBetterOrEqualTo(String other) { Result.fromString(currentResult).isBetterOrEqualTo(Result.fromString(other)) }
    @Permitted
    boolean resultIsWorseOrEqualTo(String other) { Result.fromString(currentResult).isWorseOrEqualTo(Result.fromString(other)) }
    @Permitted
    long getDuration() { ((Number) fact('duration')).longValue() }
    @Permitted
    String getDurationString() { fact('durationString') }
    @Permitted
    long getStartTimeInMillis() { ((Number) fact('startTimeInMillis')).longValue() }
    @Permitted
    long getTimeInMillis() { ((Number) fact('startTimeInMillis')).longValue() }
    @Permitted
    String getAbsoluteUrl() { fact('absoluteUrl') }
    @Permitted
    boolean isKeepLog() { (boolean) fact('keepLog') }
    @Permitted
    void setKeepLog(boolean keep) { set('keepLog', keep) }
    @Permitted
    Map<String, String> getBuildVariables() { (Map<String, String>) fact('buildVariables') }
    @Permitted
    List getBuildCauses() { (List) fact('buildCauses') }
    @Permitted
    List getBuildCauses(String type) { buildCauses.findAll { Object cause -> ((Map) cause).get('_class') == type } }
    @Permitted
    List getUpstreamBuilds() { [] }
    @Permitted
    List getChangeSets() { ((List) fact('changeSets')).collect { Object set -> new HostObject('GitChangeSetList', (Map<String, Object>) set) } }
    @Permitted
    RunWrapper getPreviousBuild() { other('previousBuild') }
    @Permitted
    RunWrapper getNextBuild() { other('nextBuild') }
    @Permitted
    RunWrapper getPreviousBuildInProgress() { other('previousBuildInProgress') }
    @Permitted
    RunWrapper getPreviousBuiltBuild() { other('previousBuiltBuild') }
    @Permitted
    RunWrapper getPreviousCompletedBuild() { other('previousCompletedBuild') }
    @Permitted
    RunWrapper getPreviousFailedBuild() { other('previousFailedBuild') }
    @Permitted
    RunWrapper getPreviousNotFailedBuild() { other('previousNotFailedBuild') }
    @Permitted
    RunWrapper getPreviousSuccessfulBuild() { other('previousSuccessfulBuild') }
    Run getRawBuild() { new Run(this) }

    @Override
    @Permitted
    String toString() { fact('text') }
}
