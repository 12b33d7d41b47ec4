package io.vexel.index;

import java.util.ArrayList;
import java.util.List;

/** What a check finds; the first {@value Verification#MOST_FINDINGS} are kept in words. */
final class Findings {

    private final List<String> kept = new ArrayList<>();
    private long count;

    void add(String finding) {
        count++;
        if (kept.size() < Verification.MOST_FINDINGS) {
            kept.add(finding);
        }
    }

    boolean none() {
        return count == 0;
    }

    String first() {
        return kept.getFirst();
    }

    Verification verification(long checked) {
        return new Verification(checked, kept, count);
    }
}
