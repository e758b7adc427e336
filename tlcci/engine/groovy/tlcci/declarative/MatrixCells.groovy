package tlcci.declarative

import groovy.transform.CompileStatic

/** The combinations of a matrix' axes, without those that are excluded. */
@CompileStatic
final class MatrixCells {
    private MatrixCells() { }

    static List<Map<String, String>> of(Matrix matrix) {
        List<Map<String, String>> cells = new ArrayList<Map<String, String>>()
        cells.add(new LinkedHashMap<String, String>())
        for (Axis axis : matrix.axes.axes) {
            List<Map<String, String>> wider = new ArrayList<Map<String, String>>()
            for (String value : texts(axis)) {
                for (Map<String, String> cell : cells) {
                    Map<String, String> next = new LinkedHashMap<String, String>(cell)
                    next.put(axis.name.text, value)
                    wider.add(next)
                }
            }
            cells = wider
        }
        if (matrix.excludes != null) {
            for (AxisList exclude : matrix.excludes.excludes) { cells.removeAll { Object cell -> excludes(exclude, (Map<String, String>) cell) } }
        }
        return cells
    }

    private static List<String> texts(Axis axis) { axis.values.collect { Object value -> String.valueOf(((Value) value).value) } }

    private static boolean excludes(AxisList exclude, Map<String, String> cell) {
        exclude.axes.every { Axis axis -> texts(axis).contains(cell.get(axis.name.text)) != axis.inverse }
    }

    static String name(Map<String, String> cell) {
        'Matrix - ' + cell.collect { String axis, String value -> "${axis} = '${value}'" }.join(', ')
    }
}
