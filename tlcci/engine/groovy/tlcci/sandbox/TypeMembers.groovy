package tlcci.sandbox

import groovy.transform.CompileStatic
import java.lang.reflect.Constructor
import java.lang.reflect.Field
import java.lang.reflect.Method

/** What one class declares, by name, read once: reflection copies its arrays on every question. */
@CompileStatic
final class TypeMembers {
    private static final Method[] NO_METHODS = new Method[0]
    private static final ClassValue<TypeMembers> KNOWN = new ClassValue<TypeMembers>() {
        @Override
        protected TypeMembers computeValue(Class<?> type) {
            return new TypeMembers(type)
        }
    }

    /** The class and all above it, the most general first: Jenkins names a member by its first home. */
    final Class[] lineage
    final Constructor[] constructors
    private final Map<String, Method[]> methods = new HashMap<>()
    private final Map<String, Field> fields = new HashMap<>()

    private TypeMembers(Class<?> type) {
        LinkedHashSet<Class<?>> seen = new LinkedHashSet<>()
        climb(type, seen)
        lineage = seen.toArray(new Class[0])
        constructors = type.declaredConstructors
        Map<String, List<Method>> byName = new HashMap<>()
        for (Method method : type.declaredMethods) {
            List<Method> named = byName.get(method.name)
            if (named == null) {
                named = new ArrayList<Method>()
                byName.put(method.name, named)
            }
            named.add(method)
        }
        for (Map.Entry<String, List<Method>> entry : byName.entrySet()) {
            methods.put(entry.key, entry.value.toArray(NO_METHODS))
        }
        for (Field field : type.declaredFields) {
            fields.put(field.name, field)
        }
    }

    static TypeMembers of(Class<?> type) {
        return KNOWN.get(type)
    }

    Method[] methodsNamed(String name) {
        Method[] found = methods.get(name)
        return found == null ? NO_METHODS : found
    }

    Field fieldNamed(String name) {
        return fields.get(name)
    }

    private static void climb(Class<?> type, Set<Class<?>> seen) {
        if (type.superclass != null) {
            climb(type.superclass, seen)
        }
        for (Class<?> face : type.interfaces) {
            climb(face, seen)
        }
        seen.add(type)
    }
}
