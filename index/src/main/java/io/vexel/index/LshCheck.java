package io.vexel.index;

import java.util.BitSet;

/** Checks that every living row is once in every table, in order, and that its hashes are those of its vector. */
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
                checkHashes(place, ordinal);
            }
        }
        for (int t = 0; t < parts.tables().size(); t++) {
            checkTable(t, living);
        }
        return findings.verification(living.cardinality());
    }

    private void checkHashes(int place, int ordinal) {
        context.target.aim(context.rows.address(ordinal));
        parts.functions().ofRow(context.target, context.signature);
        context.probes.hashes(context.signature, context.hashes);
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
