package tlcci

import groovy.transform.CompileStatic
import hudson.plugins.git.GitSCM
import org.jenkinsci.plugins.structs.describable.UninstantiatedDescribable

/** Turns Groovy's values into what the wire carries, and back. A map with the key `$x` is a value of ours, never a plain map. */
@CompileStatic
final class Values {
    private Values() { }

    /** Returns *value* as JSON; closures are appended to *closures* and named by their place. */
    static Object encode(Object value, List<Closure> closures) {
        if (value == null || value instanceof String || value instanceof Boolean) { return value }
        if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) { return value }
        if (value instanceof Number) {
            double number = ((Number) value).doubleValue()
            return Double.isNaN(number) || Double.isInfinite(number) ? value.toString() : value
        }
        if (value instanceof GString || value instanceof Character) { return value.toString() }
        if (value instanceof Closure) {
            closures.add((Closure) value)
            return [('$x'): 'closure', index: closures.size() - 1]
        }
        if (value instanceof UninstantiatedDescribable) {
            UninstantiatedDescribable symbol = (UninstantiatedDescribable) value
            return [('$x'): 'symbol', name: symbol.symbol, args: encode(symbol.arguments, closures)]
        }
        if (value instanceof Map) {
            Map out = new LinkedHashMap()
            for (Map.Entry entry : ((Map<?, ?>) value).entrySet()) { out.put(String.valueOf(entry.key), encode(entry.value, closures)) }
            return out
        }
        if (value instanceof Object[]) { return encode(Arrays.asList((Object[]) value), closures) }
        if (value instanceof Collection) {
            List out = new ArrayList()
            for (Object item : (Collection) value) { out.add(encode(item, closures)) }
            return out
        }
        if (value instanceof HostObject) { return encode(((HostObject) value).facts, closures) }
        if (value instanceof GitSCM) { return [('$x'): 'scm', facts: ((GitSCM) value).facts] }
        return [('$x'): 'object', type: value.class.name, text: String.valueOf(value)]
    }

    /** Returns a value that Python sent as Groovy's. */
    static Object decode(Object value) {
        if (value instanceof Map && ((Map) value).containsKey('$x')) {
            Map facts = (Map) value
            if (facts.get('$x') == 'object') { return new HostObject((String) facts.get('type'), (Map) facts.get('facts')) }
            if (facts.get('$x') == 'scm') { return new GitSCM((Map) facts.get('facts')) }
            if (facts.get('$x') == 'container') { return new DockerContainer((String) facts.get('id')) }
            if (facts.get('$x') == 'image') { return new DockerImage((String) facts.get('id')) }
            throw new IllegalArgumentException("a value of an unknown kind: ${facts.get('$x')}")
        }
        if (value instanceof List) {
            List out = new ArrayList(((List) value).size())
            for (Object item : (List) value) { out.add(decode(item)) }
            return out
        }
        return value
    }
}
