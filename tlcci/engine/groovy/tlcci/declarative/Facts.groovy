package tlcci.declarative

import groovy.transform.CompileStatic
import java.security.MessageDigest
import java.util.regex.Matcher
import java.util.regex.Pattern
import org.codehaus.groovy.runtime.InvokerHelper

/** What the interpreter works out without a step. */
@CompileStatic
final class Facts {
    private static final List<String> RESULTS = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED']
    private static final Map<String, String> TOOL_TYPES = [
        git: 'hudson.plugins.git.GitTool', jdk: 'hudson.model.JDK', jgit: 'org.jenkinsci.plugins.gitclient.JGitTool',
        jgitapache: 'org.jenkinsci.plugins.gitclient.JGitApacheTool', maven: 'hudson.tasks.Maven$MavenInstallation',
    ]

    private Facts() { }

    /** Returns the worse of two results; null is better than any. */
    static String worse(String one, String other) { rank(one) >= rank(other) ? (one ?: 'SUCCESS') : other }

    static boolean isWorse(String one, String other) { rank(one) > rank(other) }

    private static int rank(String result) { result == null ? 0 : RESULTS.indexOf(result) }

    /** Returns the result that *error* gives a build: what an interruption says, else FAILURE. */
    static String resultOf(Throwable error) {
        if (error == null) { return 'SUCCESS' }
        return error.class.simpleName == 'FlowInterruptedException' ? String.valueOf(InvokerHelper.getProperty(error, 'result')) : 'FAILURE'
    }

    /** Whether *error* says that a step needs a machine and has none. */
    static boolean lacksMachine(Throwable error) {
        if (error.class.simpleName != 'MissingContextVariableException') { return false }
        String message = error.message ?: ''
        return message.contains('hudson.FilePath') || message.contains('hudson.Launcher')
    }

    /** Returns *error* as lines for the log, set in so that nobody takes them for the build's own end. */
    static String describe(Throwable error) {
        String text = error.message == null ? error.class.name : "${error.class.name}: ${error.message}".toString()
        return '\t' + text.replace('\n', '\n\t')
    }

    /** Returns the names of *map* in the order in which Jenkins, which keeps them in a hash map, comes by them. */
    static List<String> hashed(Map<String, Object> map) {
        Map<String, Object> hash = new HashMap<String, Object>()
        for (Map.Entry<String, Object> entry : map.entrySet()) { hash.put(entry.key, entry.value) }
        return new ArrayList<String>(hash.keySet())
    }

    static Object[] append(List arguments, Closure body) {
        List all = new ArrayList(arguments)
        all.add(body)
        return all.toArray()
    }

    static String toolType(String key) { TOOL_TYPES.get(key) ?: key }

    /** Returns the identifier of a stage's input that names none. */
    static String inputId(String stage) {
        byte[] digest = MessageDigest.getInstance('MD5').digest(stage.getBytes('UTF-8'))
        return digest.encodeHex().toString()
    }

    static String sha1(String text) {
        byte[] digest = MessageDigest.getInstance('SHA-1').digest(text.getBytes('UTF-8'))
        return digest.encodeHex().toString()
    }

    /** Returns the bindings that give the credential *id*, of the kind *type*, under the name *variable*. */
    static List<List> bindings(String variable, String id, String type) {
        switch (type) {
            case 'string': return [['string', [variable: variable, credentialsId: id]]]
            case 'file': return [['file', [variable: variable, credentialsId: id]]]
            case 'usernamePassword': return [
                ['usernameColonPassword', [variable: variable, credentialsId: id]],
                ['usernamePassword', [usernameVariable: variable + '_USR', passwordVariable: variable + '_PSW', credentialsId: id]],
            ]
            case 'sshUserPrivateKey': return [['sshUserPrivateKey', [
                keyFileVariable: variable, usernameVariable: variable + '_USR', passphraseVariable: variable + '_PSW', credentialsId: id,
            ]]]
            default: throw new IllegalArgumentException("No suitable binding handler could be found for type ${type}. Supported types are " +
                'StandardUsernamePasswordCredentials,FileCredentials,StringCredentials,SSHUserPrivateKey.')
        }
    }

    /** Compares as `comparator:` says: GLOB (Ant's patterns), REGEXP or EQUALS. */
    static boolean matches(String comparator, String pattern, String actual, boolean caseSensitive) {
        String text = actual == null || actual.trim().empty ? '' : actual
        switch ((comparator ?: '').toUpperCase(Locale.ENGLISH)) {
            case 'EQUALS': return text == pattern
            case 'REGEXP': return text.matches(pattern)
            default: return glob(pattern, text, caseSensitive)
        }
    }

    /** Matches a path against an Ant pattern: `*` and `?` stay inside one part, `**` spans any number of them. */
    static boolean glob(String pattern, String path, boolean caseSensitive) {
        if (pattern.startsWith('/') != path.startsWith('/')) { return false }
        return globParts(pattern.tokenize('/'), path.tokenize('/'), caseSensitive)
    }

    private static boolean globParts(List<String> pattern, List<String> path, boolean caseSensitive) {
        if (pattern.empty) { return path.empty }
        List<String> rest = pattern.subList(1, pattern.size())
        if (pattern.get(0) == '**') {
            for (int skip = 0; skip <= path.size(); skip++) {
                if (globParts(rest, path.subList(skip, path.size()), caseSensitive)) { return true }
            }
            return false
        }
        return !path.empty && globPart(pattern.get(0), path.get(0), caseSensitive) && globParts(rest, path.subList(1, path.size()), caseSensitive)
    }

    private static boolean globPart(String pattern, String part, boolean caseSensitive) {
        StringBuilder regex = new StringBuilder()
        for (String letter : pattern.split('')) {
            regex.append(letter == '*' ? '.*' : letter == '?' ? '.' : Pattern.quote(letter))
        }
        Matcher matcher = Pattern.compile(regex.toString(), caseSensitive ? 0 : Pattern.CASE_INSENSITIVE).matcher(part)
        return matcher.matches()
    }

    /** Whether a commit's title or message matches *pattern*, on the whole or on some line of it. */
    static boolean changelogMatches(String pattern, Map change) {
        String title = String.valueOf(change.get('title') ?: change.get('msg') ?: '')
        String comment = String.valueOf(change.get('comment') ?: change.get('msg') ?: '')
        Pattern lines = Pattern.compile('(?m)(?s)^[^\\r\\n]*?' + pattern + '[^\\r\\n]*?$', Pattern.MULTILINE | Pattern.DOTALL)
        return Pattern.compile(pattern).matcher(title).matches() || lines.matcher(comment).matches()
    }

    /** Whether one of *causes* is of the kind that `triggeredBy` names. */
    static boolean causedBy(List<Map> causes, String wanted, String detail) {
        causes.any { Map cause ->
            String kind = String.valueOf(cause.get('_class')).tokenize('.$').last()
            kind == 'UserIdCause' && wanted == 'UserIdCause' ? detail == null || cause.get('userId') == detail
                : kind.matches('(?i)\\.*' + wanted + '.*')
        }
    }
}
