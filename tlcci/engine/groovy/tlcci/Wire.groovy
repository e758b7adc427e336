package tlcci

import groovy.transform.CompileStatic

/** Messages to and from Python: one JSON value a line. Written by hand because groovy.json costs 60 ms to load. */
@CompileStatic
final class Wire {
    private final Reader input
    private final Writer output

    Wire(InputStream input, OutputStream output) {
        this.input = new BufferedReader(new InputStreamReader(input, 'UTF-8'), 1 << 16)
        this.output = new BufferedWriter(new OutputStreamWriter(output, 'UTF-8'), 1 << 16)
    }

    /** Queues *message*; `flush` or the next `read` sends it. */
    void send(Map message) {
        StringBuilder text = new StringBuilder(256)
        write(message, text)
        output.append(text).append('\n' as char)
    }

    void flush() { output.flush() }

    /** Returns the next message, or null once Python is gone. */
    Map read() {
        output.flush()
        String line = ((BufferedReader) input).readLine()
        line == null ? null : (Map) new Parser(line).value()
    }

    static void write(Object value, StringBuilder out) {
        if (value == null) {
            out.append('null')
        } else if (value instanceof String) {
            quote((String) value, out)
        } else if (value instanceof Boolean || value instanceof Number) {
            out.append(value.toString())
        } else if (value instanceof Map) {
            out.append('{' as char)
            boolean first = true
            for (Map.Entry entry : ((Map<?, ?>) value).entrySet()) {
                if (!first) { out.append(',' as char) }
                first = false
                quote(String.valueOf(entry.key), out)
                out.append(':' as char)
                write(entry.value, out)
            }
            out.append('}' as char)
        } else if (value instanceof Collection) {
            out.append('[' as char)
            boolean first = true
            for (Object item : (Collection) value) {
                if (!first) { out.append(',' as char) }
                first = false
                write(item, out)
            }
            out.append(']' as char)
        } else {
            quote(value.toString(), out)
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"' as char)
        int length = text.length()
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i)
            if (c == ('"' as char) || c == ('\\' as char)) {
                out.append('\\' as char).append(c)
            } else if ((c as int) < 32 || ((c as int) >= 0xD800 && (c as int) <= 0xDFFF) || c == (0x2028 as char) || c == (0x85 as char)) {
                out.append(String.format('\\u%04x', c as int))
            } else {
                out.append(c)
            }
        }
        out.append('"' as char)
    }

    /** Reads what Python's json module writes; objects become LinkedHashMap and lists ArrayList, so they serialise. */
    @CompileStatic
    private static final class Parser {
        private final String text
        private int at = 0

        Parser(String text) { this.text = text }

        Object value() {
            skip()
            char c = text.charAt(at)
            if (c == ('{' as char)) { return object() }
            if (c == ('[' as char)) { return array() }
            if (c == ('"' as char)) { return string() }
            if (text.startsWith('true', at)) { at += 4; return Boolean.TRUE }
            if (text.startsWith('false', at)) { at += 5; return Boolean.FALSE }
            if (text.startsWith('null', at)) { at += 4; return null }
            return number()
        }

        private void skip() {
            while (at < text.length() && (text.charAt(at) as int) <= 32) { at++ }
        }

        private Map object() {
            Map result = new LinkedHashMap()
            at++
            skip()
            if (text.charAt(at) == ('}' as char)) { at++; return result }
            while (true) {
                skip()
                String key = string()
                skip()
                at++
                result.put(key, value())
                skip()
                if (text.charAt(at++) == ('}' as char)) { return result }
            }
        }

        private List array() {
            List result = new ArrayList()
            at++
            skip()
            if (text.charAt(at) == (']' as char)) { at++; return result }
            while (true) {
                result.add(value())
                skip()
                if (text.charAt(at++) == (']' as char)) { return result }
            }
        }

        private String string() {
            int start = ++at
            while (true) {
                char c = text.charAt(at)
                if (c == ('"' as char)) {
                    return text.substring(start, at++)
                }
                if (c == ('\\' as char)) { break }
                at++
            }
            StringBuilder out = new StringBuilder(text.substring(start, at))
            while (true) {
                char c = text.charAt(at++)
                if (c == ('"' as char)) { return out.toString() }
                if (c != ('\\' as char)) { out.append(c); continue }
                char escape = text.charAt(at++)
                switch (escape) {
                    case 'n': out.append('\n' as char); break
                    case 't': out.append('\t' as char); break
                    case 'r': out.append('\r' as char); break
                    case 'b': out.append('\b' as char); break
                    case 'f': out.append('\f' as char); break
                    case 'u':
                        out.append((char) Integer.parseInt(text.substring(at, at + 4), 16))
                        at += 4
                        break
                    default: out.append(escape)
                }
            }
        }

        private Object number() {
            int start = at
            boolean decimal = false
            while (at < text.length()) {
                char c = text.charAt(at)
                if (c == ('.' as char) || c == ('e' as char) || c == ('E' as char)) {
                    decimal = true
                } else if (!(Character.isDigit(c) || c == ('-' as char) || c == ('+' as char))) {
                    break
                }
                at++
            }
            String digits = text.substring(start, at)
            if (decimal) { return new BigDecimal(digits) }
            long value = Long.parseLong(digits)
            if (value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE) { return (Object) Integer.valueOf((int) value) }
            return (Object) Long.valueOf(value)
        }
    }
}
