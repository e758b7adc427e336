package tlcci.declarative

import groovy.transform.CompileStatic
import java.util.concurrent.TimeUnit
import org.codehaus.groovy.runtime.ScriptBytecodeAdapter

/** Which arguments a step, an option, a parameter or a condition takes. */
@CompileStatic
final class Shape {
    private static final Map<String, Class> TYPES = [
        str: String, int: int, long: long, bool: boolean, Bool: Boolean, Int: Integer, list: List, unit: TimeUnit, any: Object,
    ] as Map<String, Class>
    /** Whether it takes a block. */
    final boolean block
    final Map<String, Class> types = [:]
    final List<String> required = []

    /** Reads `name:type` words; `!` marks what has to be given, a lone `{}` a block. */
    Shape(String words) {
        boolean takesBlock = false
        for (String word : words.tokenize(' ')) {
            if (word == '{}') {
                takesBlock = true
                continue
            }
            String[] parts = word.split(':')
            String type = parts.length > 1 ? parts[1] : 'str'
            boolean needed = type.endsWith('!')
            types.put(parts[0], TYPES.get(needed ? type.substring(0, type.length() - 1) : type))
            if (needed) { required.add(parts[0]) }
        }
        block = takesBlock
    }

    /** Returns the one argument that has to be given, or null if there are several or none. */
    String sole() { required.size() == 1 ? required.get(0) : null }

    /** Whether the literal *value* can stand for *type*. */
    static boolean fits(Object value, Class type) {
        boolean crossed = type == String ? value instanceof Integer || value instanceof Boolean
            : type == int ? value instanceof String || value instanceof Boolean : false
        if (crossed || type == null) { return !crossed }
        try {
            ScriptBytecodeAdapter.castToType(value, type)
            return true
        } catch (Exception ignored) {
            return false
        }
    }

    /** Returns the name that *key* was most likely meant to be: one that needs the fewest edits, or null without names. */
    static String nearest(String key, Collection<String> names) {
        String best = null
        int least = Integer.MAX_VALUE
        for (String name : names) {
            int edits = edits(key, name)
            if (edits < least) {
                least = edits
                best = name
            }
        }
        return best
    }

    private static int edits(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1]
        for (int i = 0; i <= from.length(); i++) { cost[i][0] = i }
        for (int j = 0; j <= to.length(); j++) { cost[0][j] = j }
        for (int i = 1; i <= from.length(); i++) {
            for (int j = 1; j <= to.length(); j++) {
                int swap = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1
                cost[i][j] = Math.min(Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1), cost[i - 1][j - 1] + swap)
                if (i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1)
                }
            }
        }
        return cost[from.length()][to.length()]
    }
}
