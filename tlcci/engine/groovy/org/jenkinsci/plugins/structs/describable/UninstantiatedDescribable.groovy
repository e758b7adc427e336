package org.jenkinsci.plugins.structs.describable

import groovy.transform.CompileStatic

/** A symbol with its arguments, such as `string(name: 'x')`: data for a step, not a step. */
@CompileStatic
final class UninstantiatedDescribable implements Serializable {
    private static final long serialVersionUID = 1
    final String symbol
    final Map<String, Object> arguments

    UninstantiatedDescribable(String symbol, Map<String, Object> arguments) {
        this.symbol = symbol
        this.arguments = arguments
    }

    @Override
    String toString() { "@${symbol}(${arguments.collect { String key, Object value -> "${key}=${value}" }.join(',')})".toString() }
}
