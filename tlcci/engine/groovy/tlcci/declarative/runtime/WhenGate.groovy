package tlcci.declarative.runtime

import tlcci.declarative.Facts
import tlcci.declarative.Host

/** A stage's `when`: asked at each place where it may be evaluated, it is evaluated at the first that it names. */
class WhenGate implements Serializable {
    private static final long serialVersionUID = 1
    private static final List<String> CHANGE_FIELDS = ['id', 'target', 'branch', 'fork', 'title', 'author', 'authorDisplayName', 'authorEmail']
    Object script
    Host host
    Map when
    boolean passed

    WhenGate(Object script, Host host, Map when) {
        this.script = script
        this.host = host
        this.when = when
        this.passed = when == null
    }

    /** Whether the stage goes on at *place*; null is the last place, where it has to be decided. */
    boolean opens(String place) {
        if (passed || (place != null && !when[place])) { return true }
        passed = all(when.conditions.call())
        return passed
    }

    private boolean all(List conditions) {
        for (int i = 0; i < conditions.size(); i++) {
            if (!holds(conditions[i])) { return false }
        }
        return true
    }

    private boolean any(List conditions) {
        for (int i = 0; i < conditions.size(); i++) {
            if (holds(conditions[i])) { return true }
        }
        return false
    }

    private boolean holds(Map condition) {
        Object first = condition.args ? condition.args[0] : null
        Map named = first instanceof Map ? first : [:]
        switch (condition.name) {
            case 'allOf': return all(condition.children)
            case 'anyOf': return any(condition.children)
            case 'not': return !holds(condition.children[0])
            case 'expression': return condition.block.call() ? true : false
            case 'equals': return named.expected == named.actual
            case 'environment': return environment(named)
            case 'isRestartedRun': return false
            case 'triggeredBy':
                return Facts.causedBy(host.ask('build.causes', [:]), first instanceof Map ? named.cause : first, named.detail)
            case 'changeset':
            case 'changelog':
                return changed(condition.name, first instanceof Map ? named : [pattern: first])
            default: return reference(condition.name, first instanceof Map ? named : [pattern: first])
        }
    }

    private boolean environment(Map named) {
        String actual = script.env[named.name]
        String wanted = named.value
        if (!actual) { return !wanted }
        return named.ignoreCase ? actual.equalsIgnoreCase(wanted) : actual == wanted
    }

    /** The conditions on what is built: a branch, a tag, a change request. */
    private boolean reference(String name, Map wanted) {
        if (name == 'changeRequest') { return changeRequest(wanted) }
        if (name == 'branch') {
            String actual = script.env.BRANCH_NAME ?: script.env.GIT_LOCAL_BRANCH
            if (!actual || !wanted.pattern) { return !actual && !wanted.pattern }
            return Facts.matches(wanted.comparator, wanted.pattern, actual, false)
        }
        String tag = script.env.TAG_NAME
        if (!tag) { return false }
        return !wanted.pattern || Facts.matches(wanted.comparator, wanted.pattern, tag, false)
    }

    private boolean changeRequest(Map wanted) {
        if (script.env.CHANGE_ID == null) { return false }
        for (int i = 0; i < CHANGE_FIELDS.size(); i++) {
            String field = CHANGE_FIELDS[i]
            String pattern = wanted[field]
            String variable = 'CHANGE_' + field.replaceAll('([A-Z])', '_$1').toUpperCase()
            if (pattern && !Facts.matches(wanted.comparator ?: 'EQUALS', pattern, script.env[variable], false)) { return false }
        }
        return true
    }

    private boolean changed(String name, Map wanted) {
        List changes = host.ask('scm.changes', [:])
        if (changes.isEmpty()) {
            boolean first = script.currentBuild.number <= 1
            script.echo('Warning, empty changelog. ' + (first ? 'Probably because this is the first build.' : 'Have you run checkout?'))
            return false
        }
        for (int i = 0; i < changes.size(); i++) {
            if (name == 'changelog' && Facts.changelogMatches(wanted.pattern, changes[i])) { return true }
            if (name == 'changeset' && touches(changes[i].paths, wanted)) { return true }
        }
        return false
    }

    private boolean touches(List paths, Map wanted) {
        for (int i = 0; i < paths.size(); i++) {
            if (Facts.matches(wanted.comparator, wanted.pattern, paths[i], wanted.caseSensitive ?: false)) { return true }
        }
        return false
    }
}
