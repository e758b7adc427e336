package tlcci

import groovy.transform.CompileStatic
import tlcci.sandbox.Permitted

/** A read-only value with named facts, such as a change set or a test result. */
@CompileStatic
@Permitted
class HostObject implements Serializable {
    private static final long serialVersionUID = 1
    final String kind
    final Map<String, Object> facts

    HostObject(String kind, Map<String, Object> facts) {
        this.kind = kind
        this.facts = new LinkedHashMap<String, Object>()
        for (Map.Entry<String, Object> entry : facts.entrySet()) { this.facts.put(entry.key, Values.decode(entry.value)) }
    }

    @Override
    Object getProperty(String name) {
        if (facts.containsKey(name)) { return facts.get(name) }
        if (name == 'class') { return HostObject }
        throw new MissingPropertyException(name, HostObject)
    }

    @Override
    Object invokeMethod(String name, Object args) {
        Object[] list = (Object[]) args
        if (list.length == 0 && name.length() > 3 && name.startsWith('get')) {
            String property = name.substring(3, 4).toLowerCase() + name.substring(4)
            if (facts.containsKey(property)) { return facts.get(property) }
        }
        if (list.length == 0 && name == 'toString') { return toString() }
        throw new MissingMethodException(name, HostObject, list)
    }

    @Override
    String toString() { facts.containsKey('text') ? String.valueOf(facts.get('text')) : "${kind}${facts}".toString() }
}
