package tlcci.sandbox

import groovy.transform.CompileStatic
import java.lang.reflect.Member

/**
 * The signatures that a script may use: ours from a data file, and those a run approves.
 *
 * The file groups members under their class, so that reading it costs a line split; a class's
 * members become full signatures the first time that a script touches the class.
 */
@CompileStatic
final class PermittedList {
    private static final Set<String> KINDS = ['method', 'new', 'staticMethod', 'field', 'staticField'] as Set<String>
    private final Map<String, String> sections
    private final Map<String, Set<String>> expanded = new HashMap<>()
    private final Set<String> approved

    PermittedList(String text, Set<String> approved) {
        this.sections = split(text)
        this.approved = approved
    }

    boolean permits(Member member, String signature) {
        String type = Signatures.typeName(member.declaringClass)
        if (permitted(type).contains(signature) || approved.contains(signature)) {
            return true
        }
        return permittedByStar(type, member.name, signature)
    }

    /** Every signature of the data file, as Jenkins writes them. */
    SortedSet<String> all() {
        SortedSet<String> lines = new TreeSet<>()
        for (String type : sections.keySet()) {
            lines.addAll(permitted(type))
        }
        return lines
    }

    /** A fault of a signature a person wrote, or null when it can be one. */
    static String faultOf(String signature) {
        List<String> words = signature.trim().split(' +').toList()
        String kind = words.first()
        if (!KINDS.contains(kind)) {
            return "\"${kind}\" is not one of method, new, staticMethod, field, staticField".toString()
        }
        boolean member = kind.endsWith('ield') ? words.size() == 3 : words.size() >= (kind == 'new' ? 2 : 3)
        return member ? null : "a ${kind} line names a class and a member".toString()
    }

    private Set<String> permitted(String type) {
        Set<String> known = expanded.get(type)
        if (known == null) {
            known = expand(type)
            expanded.put(type, known)
        }
        return known
    }

    private Set<String> expand(String type) {
        String section = sections.get(type)
        if (section == null) {
            return Collections.<String>emptySet()
        }
        Set<String> lines = new HashSet<>()
        for (String line : section.split('\n')) {
            String text = line.trim()
            if (text) {
                int space = text.indexOf(' ')
                String kind = space < 0 ? text : text.substring(0, space)
                lines.add(kind + ' ' + type + text.substring(kind.length()))
            }
        }
        return lines
    }

    /** A "*" in the place of a member's name stands for each name with the same arguments. */
    private boolean permittedByStar(String type, String name, String signature) {
        if (signature.startsWith('new ')) {
            return false
        }
        String star = signature.replaceFirst(
            java.util.regex.Pattern.quote(type + ' ' + name), java.util.regex.Matcher.quoteReplacement(type + ' *'))
        return permitted(type).contains(star) || approved.contains(star)
    }

    private static Map<String, String> split(String text) {
        Map<String, String> found = new HashMap<>(256)
        int at = text.startsWith('[') ? 0 : text.indexOf('\n[') + 1
        while (at < text.length() && text.charAt(at) == ('[' as char)) {
            int close = text.indexOf(']\n', at)
            int next = text.indexOf('\n[', close)
            int end = next < 0 ? text.length() : next + 1
            found.put(text.substring(at + 1, close), text.substring(close + 2, end))
            at = end
        }
        return found
    }
}
