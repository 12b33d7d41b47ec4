package io.vexel.index;

import java.util.BitSet;

/** Checks that every living row is once in every table, in order, that its hashes are those of its vector, and that its place is known. */
final class LshCheck {

    private final LshParts parts;
    private final LshContext context;
    private final Findings findings = new Findings();

    LshCheck(LshParts parts, LshContext context) {
        this.parts = parts;
        this.context = context;
    }

    Verification run(RowFilter live) {
        LshRows rows = parts.rows();
        BitSet ordinals = new BitSet();
        BitSet living = new BitSet();
        for (int place = 0; place < rows.places.end(); place++) {
            int ordinal = rows.ordinal(place);
            if (ordinal != LshRows.NONE && live.accepts(ordinal)) {
                living.set(place);
                if (ordinals.get(ordinal)) {
                    findings.add("ordinal " + ordinal + " is there twice");
                }
                ordinals.set(ordinal);
                if (rows.rowPlaces.place(ordinal) != place) {
                    findings.add("row " + ordinal + " is found at place " + rows.rowPlaces.place(ordinal)
                            + ", and is at place " + place);
                }
                checkHashes(place, ordinal);
            }
        }
        rows.rowPlaces.check(findings, rows.places.end());
        for (int t = 0; t < parts.tables().size(); t++) {
            checkTable(t, living);
        }
        return findings.verification(living.cardinality());
    }

    private void checkHashes(int place, int ordinal) {
        parts.hash(context, context.rows.address(ordinal));
        for (int t = 0; t < context.hashes.length; t++) {
            if (parts.rows().hash(place, t) != context.hashes[t]) {
                findings.add("row " + ordinal + " has a hash in table " + t + " that is not its vector's");
            }
        }
    }

    private void checkTable(int table, BitSet living) {
        BitSet seen = new BitSet();
        parts.tables().get(table).check(findings, place -> {
            boolean good = parts.rows().ordinal(place) != LshRows.NONE && !seen.get(place);
            seen.set(place);
            return good;
        });
        living.stream()
                .filter(place -> !seen.get(place))
                .forEach(place -> findings.add("place " + place + " is not in table " + table));
    }
}
