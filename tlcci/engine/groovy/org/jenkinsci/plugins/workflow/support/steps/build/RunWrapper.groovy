package org.jenkinsci.plugins.workflow.support.steps.build

import groovy.transform.CompileStatic
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

    int getNumber() { (int) fact('number') }
    String getId() { fact('id') }
    String getDisplayName() { fact('displayName') }
    void setDisplayName(String name) { set('displayName', name) }
    String getFullDisplayName() { fact('fullDisplayName') }
    String getProjectName() { fact('projectName') }
    String getFullProjectName() { fact('fullProjectName') }
    String getDescription() { fact('description') }
    void setDescription(String text) { set('description', text) }
    String getResult() { fact('result') }
    void setResult(String result) {
        if (result == null) { throw new NullPointerException('Cannot invoke "String.equalsIgnoreCase(String)" because "s" is null') }
        set('result', Result.fromString(result).toString())
    }
    String getCurrentResult() { fact('currentResult') }
    boolean resultIsBetterOrEqualTo(String other) { Result.fromString(currentResult).isBetterOrEqualTo(Result.fromString(other)) }
    boolean resultIsWorseOrEqualTo(String other) { Result.fromString(currentResult).isWorseOrEqualTo(Result.fromString(other)) }
    long getDuration() { ((Number) fact('duration')).longValue() }
    String getDurationString() { fact('durationString') }
    long getStartTimeInMillis() { ((Number) fact('startTimeInMillis')).longValue() }
    long getTimeInMillis() { ((Number) fact('startTimeInMillis')).longValue() }
    String getAbsoluteUrl() { fact('absoluteUrl') }
    boolean isKeepLog() { (boolean) fact('keepLog') }
    void setKeepLog(boolean keep) { set('keepLog', keep) }
    Map<String, String> getBuildVariables() { (Map<String, String>) fact('buildVariables') }
    List getBuildCauses() { (List) fact('buildCauses') }
    List getBuildCauses(String type) { buildCauses.findAll { Object cause -> ((Map) cause).get('_class') == type } }
    List getUpstreamBuilds() { [] }
    List getChangeSets() { ((List) fact('changeSets')).collect { Object set -> new HostObject('GitChangeSetList', (Map<String, Object>) set) } }
    RunWrapper getPreviousBuild() { other('previousBuild') }
    RunWrapper getNextBuild() { other('nextBuild') }
    RunWrapper getPreviousBuildInProgress() { other('previousBuildInProgress') }
    RunWrapper getPreviousBuiltBuild() { other('previousBuiltBuild') }
    RunWrapper getPreviousCompletedBuild() { other('previousCompletedBuild') }
    RunWrapper getPreviousFailedBuild() { other('previousFailedBuild') }
    RunWrapper getPreviousNotFailedBuild() { other('previousNotFailedBuild') }
    RunWrapper getPreviousSuccessfulBuild() { other('previousSuccessfulBuild') }
    Run getRawBuild() { new Run(this) }

    @Override
    String toString() { fact('text') }
}
