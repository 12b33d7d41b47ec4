package io.vexel.bench.measure;

/** What a rate of queries is measured by. */
public enum SearchClock {
    /** Processor time of the searching threads: what the work costs, whatever else runs on the machine. */
    CPU("thread CPU time"),
    /** Time that passed. */
    WALL("wall clock");

    private final String label;

    SearchClock(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
