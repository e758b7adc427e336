package tlcci.declarative

import groovy.transform.CompileStatic

/**
 * The names that Declarative knows, and the arguments that each takes.
 * A name without a shape is not checked: a shared library or a plugin may give it.
 */
@CompileStatic
final class Shapes {
    private static final String UNCHECKED = '-'
    static final List<String> POST_CONDITIONS = [
        'always', 'changed', 'fixed', 'regression', 'aborted', 'success', 'unsuccessful', 'unstable', 'failure', 'notBuilt', 'cleanup',
    ]
    static final Map<String, Shape> STEPS = shapes([
        archiveArtifacts: 'artifacts:str! allowEmptyArchive:bool caseSensitive:bool defaultExcludes:bool excludes fingerprint:bool followSymlinks:bool onlyIfSuccessful:bool',
        bat: 'script:str! encoding label returnStatus:bool returnStdout:bool',
        build: 'job:str! parameters:list propagate:bool quietPeriod:Int wait:bool waitForStart:bool',
        catchError: 'buildResult catchInterruptions:bool message stageResult {}',
        checkout: 'scm:any! changelog:bool poll:bool',
        deleteDir: '',
        dir: 'path:str! {}',
        echo: 'message:str!',
        error: 'message:str!',
        fileExists: 'file:str!',
        git: 'url:str! branch changelog:bool credentialsId poll:bool',
        input: 'message:str! cancel id ok parameters:list submitter submitterParameter',
        isUnix: '',
        junit: 'testResults:str! allowEmptyResults:bool checksName healthScaleFactor:any keepLongStdio:bool keepProperties:bool keepTestNames:bool ' +
            'skipMarkingBuildUnstable:bool skipOldReports:bool skipPublishingChecks:bool stdioRetention testDataPublishers:any',
        library: 'identifier:str! changelog:Bool retriever:any',
        load: 'path:str!',
        milestone: 'ordinal:Int! label unsafe:bool',
        node: 'label:str! {}',
        powershell: 'script:str! encoding label returnStatus:bool returnStdout:bool',
        pwd: 'tmp:bool',
        pwsh: 'script:str! encoding label returnStatus:bool returnStdout:bool',
        readFile: 'file:str! encoding',
        readTrusted: 'path:str!',
        retry: 'count:int! conditions:list {}',
        sh: 'script:str! encoding label returnStatus:bool returnStdout:bool',
        sleep: 'time:int! unit:unit',
        stash: 'name:str! allowEmpty:bool excludes includes useDefaultExcludes:bool',
        timeout: 'time:int! activity:bool unit:unit {}',
        timestamps: '{}',
        tool: 'name:str! type',
        unstable: 'message:str!',
        unstash: 'name:str!',
        waitUntil: 'initialRecurrencePeriod:long quiet:bool {}',
        warnError: 'message:str! buildResult catchInterruptions:bool stageResult {}',
        withCredentials: 'bindings:list! {}',
        withEnv: 'overrides:list! {}',
        writeFile: 'file:str! text:str! encoding',
        ws: 'dir:str! {}',
    ])
    /** Options that say how Declarative itself works. */
    static final Map<String, Shape> FLAGS = shapes([
        checkoutToSubdirectory: 'subdirectory:str!',
        disableRestartFromStage: '',
        newContainerPerStage: '',
        parallelsAlwaysFailFast: '',
        quietPeriod: 'quietPeriod:int!',
        skipDefaultCheckout: 'skipDefaultCheckout:Bool!',
        skipStagesAfterUnstable: '',
    ])
    static final List<String> STAGE_FLAGS = ['checkoutToSubdirectory', 'skipDefaultCheckout']
    /** Options that are properties of the job. */
    static final Map<String, Shape> JOB_PROPERTIES = shapes([
        authorizationMatrix: UNCHECKED,
        buildDiscarder: 'strategy:any!',
        disableConcurrentBuilds: 'abortPrevious:bool',
        disableResume: '',
        durabilityHint: 'hint:any!',
        githubProjectProperty: UNCHECKED,
        overrideIndexTriggers: 'enableTriggers:bool!',
        preserveStashes: 'buildCount:int',
        rateLimitBuilds: 'throttle:any!',
    ])
    /** Steps with a block that need no machine, so that they can go round a stage. */
    static final List<String> WRAPPERS = [
        'ansiColor', 'catchError', 'lock', 'retry', 'script', 'timeout', 'timestamps', 'waitUntil', 'warnError', 'withCredentials', 'withEnv',
    ]
    static final Map<String, Shape> PARAMETERS = shapes([
        booleanParam: 'name:str! defaultValue:bool description',
        choice: 'name:str! choices:any description',
        credentials: UNCHECKED,
        file: 'name:str! description',
        text: 'name:str! defaultValue description trim:bool',
        password: 'name:str! defaultValue description defaultValueAsSecret:any',
        run: UNCHECKED,
        string: 'name:str! defaultValue description trim:bool',
    ])
    static final Map<String, Shape> TRIGGERS = shapes([
        upstream: 'upstreamProjects:str! threshold:any',
        cron: 'spec:str!',
        pollSCM: 'scmpoll_spec:str! ignorePostCommitHooks:bool',
    ])
    /** What the arguments of options, triggers and parameters may be. */
    static final Map<String, Shape> NESTED = shapes([
        logRotator: 'daysToKeepStr:str! numToKeepStr:str! artifactDaysToKeepStr:str! artifactNumToKeepStr:str! removeLastBuild:bool',
    ])
    static final Map<String, Shape> CONDITIONS = shapes([
        allOf: UNCHECKED,
        anyOf: UNCHECKED,
        branch: 'pattern:str! comparator',
        buildingTag: '',
        changeRequest: 'author authorDisplayName authorEmail branch comparator fork id target title url',
        changelog: 'pattern:str!',
        changeset: 'pattern:str! caseSensitive:bool comparator',
        environment: 'name:str! value:str! ignoreCase:bool',
        equals: 'expected:any! actual:any!',
        expression: UNCHECKED,
        isRestartedRun: '',
        not: UNCHECKED,
        tag: 'pattern:str! comparator',
        triggeredBy: 'cause:str! detail',
    ])
    /** The conditions that hold others: how many, or -1 for one and more. */
    static final Map<String, Integer> CHILDREN = [allOf: -1, anyOf: -1, not: 1]
    static final Map<String, Shape> AGENTS = shapes([
        docker: 'image:str! alwaysPull:bool args customWorkspace label registryCredentialsId registryUrl reuseNode:bool retries:int',
        dockerfile: 'additionalBuildArgs args customWorkspace dir filename label registryCredentialsId registryUrl reuseNode:bool retries:int',
        label: 'label:str! customWorkspace retries:int',
        node: 'label:str! customWorkspace retries:int',
    ])
    /** The types that Declarative has of its own; Docker's come with a plugin. */
    static final List<String> AGENT_NAMES = ['any', 'label', 'none']
    static final Map<String, List<String>> TOOLS = [
        git: ['Default'], 'hudson.plugins.git.GitTool': ['Default'],
        jdk: [], 'hudson.model.JDK': [],
        jgit: [], 'org.jenkinsci.plugins.gitclient.JGitTool': [],
        jgitapache: [], 'org.jenkinsci.plugins.gitclient.JGitApacheTool': [],
        maven: [], 'hudson.tasks.Maven$MavenInstallation': [],
    ]

    private Shapes() { }

    private static Map<String, Shape> shapes(Map<String, String> words) {
        Map<String, Shape> found = new LinkedHashMap<String, Shape>()
        for (Map.Entry<String, String> entry : words.entrySet()) { found.put(entry.key, entry.value == UNCHECKED ? null : new Shape(entry.value)) }
        return found
    }

    static String badIdentifier(String name) {
        "\"${name}\" is not a valid identifier and cannot be used for an environment variable. " +
            'Identifiers must start with a letter or underscore and can contain only letters, numbers or underscores.'
    }

    /** Returns the options that may stand at the top, or those that may stand in a stage. */
    static List<String> options(boolean inStage) {
        List<String> names = new ArrayList<String>(WRAPPERS)
        // On Java 21 and newer List and Set share a type that Groovy 2.4 cannot name.
        Collection<String> flags = inStage ? (Collection<String>) STAGE_FLAGS : FLAGS.keySet()
        names.addAll(flags)
        if (!inStage) { names.addAll(JOB_PROPERTIES.keySet()) }
        return names.sort() as List<String>
    }
}
