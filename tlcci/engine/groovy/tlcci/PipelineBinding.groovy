package tlcci

import groovy.transform.CompileStatic

/** The script's global variables; they are part of the suspended program. */
@CompileStatic
final class PipelineBinding extends Binding implements Serializable {
    private static final long serialVersionUID = 1
}
