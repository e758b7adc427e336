package jenkins.model

/** What every build has once it is history. */
interface HistoricalBuild {
    int getNumber()
}
