package tlcci.declarative

/** What the interpreter of Declarative needs besides steps. */
interface Host extends Serializable {
    /** Prints *line* to the console where the current step stands, as it is. */
    void log(String line)

    /** Says that what comes next belongs to *line* of the Jenkinsfile. */
    void at(int line)

    /** Asks the run for a fact, or tells it one, and waits for the answer. */
    Object ask(String what, Map<String, Object> facts)
}
