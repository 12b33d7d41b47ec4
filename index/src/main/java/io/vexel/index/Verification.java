package io.vexel.index;

import java.util.List;

/**
 * What a check of an index found.
 *
 * @param checked rows that were looked at
 * @param findings what is wrong, in plain words, at most {@value #MOST_FINDINGS}; empty when all is well
 * @param findingCount how many there were
 */
public record Verification(long checked, List<String> findings, long findingCount) {

    public static final int MOST_FINDINGS = 100;

    public Verification {
        findings = List.copyOf(findings);
    }

    public boolean clean() {
        return findingCount == 0;
    }
}
