package io.vexel.index;

import java.nio.ByteBuffer;
import java.util.BitSet;

/** Saves an LSH index and loads it. Saved are the hashes of the rows; the tables are filled from them again. */
final class LshCheckpoint {

    private static final int MAGIC = 0x48534C56;
    private static final int VERSION = 1;
    private static final int SPACE = 0;
    private static final int OWN_BYTES = 3 * Integer.BYTES + Long.BYTES + 3 * Integer.BYTES;

    private LshCheckpoint() {}

    static void save(LshParts parts, IndexContext context, DerivedIndex.CheckpointSink sink) {
        LshRows rows = parts.rows();
        rows.records.save(SPACE, sink);
        int ordinalEnd = 0;
        for (int place = 0; place < rows.places.end(); place++) {
            ordinalEnd = Math.max(ordinalEnd, rows.ordinal(place) + 1);
        }
        LshSpec spec = parts.spec();
        ByteBuffer head = CheckpointHead.begin(MAGIC, VERSION, context)
                .putInt(spec.tables())
                .putInt(spec.functions())
                .putInt(spec.probeRadius())
                .putLong(spec.seed())
                .putFloat(parts.scale())
                .putInt(rows.places.end())
                .putInt(ordinalEnd);
        sink.finish(CheckpointHead.seal(head));
        rows.records.saved();
    }

    static LshIndex load(LshSpec spec, IndexContext context, DerivedIndex.CheckpointSource source) {
        ByteBuffer head = CheckpointHead.open(source.head(), MAGIC, VERSION, context, OWN_BYTES);
        boolean same = head.getInt() == spec.tables();
        same &= head.getInt() == spec.functions();
        head.getInt();
        if (head.getLong() != spec.seed() || !same) {
            throw CheckpointHead.damaged("it was made with other tables, functions or seed than " + spec.options());
        }
        float scale = head.getFloat();
        int end = head.getInt();
        int ordinalEnd = head.getInt();
        if (!(scale > 0 && scale < Float.POSITIVE_INFINITY) || end < 0 || end > Places.MOST) {
            throw CheckpointHead.damaged("scale=" + scale + ", places=" + end);
        }
        LshIndex index = new LshIndex(spec, context, scale);
        try {
            index.parts().rows().records.load(SPACE, source, end);
            fill(index.parts(), end, ordinalEnd);
            return index;
        } catch (RuntimeException | Error e) {
            index.discard();
            throw e;
        }
    }

    private static void fill(LshParts parts, int end, int ordinalEnd) {
        LshRows rows = parts.rows();
        rows.ensureNexts(end);
        rows.places.restore(end);
        BitSet ordinals = new BitSet();
        int[] places = new int[end];
        int count = 0;
        for (int place = 0; place < end; place++) {
            int ordinal = rows.ordinal(place);
            if (ordinal != LshRows.NONE) {
                checkOrdinal(place, ordinal, ordinalEnd, ordinals);
                places[count++] = place;
                checkHashes(parts, place);
                rows.rowPlaces.ensure(ordinal);
                rows.rowPlaces.enter(ordinal, place);
            }
        }
        for (int place = end - 1; place >= 0; place--) {
            if (rows.ordinal(place) == LshRows.NONE) {
                rows.places.give(place);
            }
        }
        int filled = count;
        parts.tables().parallelStream().forEach(table -> table.fill(places, filled));
    }

    private static void checkOrdinal(int place, int ordinal, int ordinalEnd, BitSet ordinals) {
        if (ordinal < 0 || ordinal >= ordinalEnd || ordinals.get(ordinal)) {
            throw CheckpointHead.damaged(
                    "place " + place + " has ordinal " + ordinal + ", allowed: once, below " + ordinalEnd);
        }
        ordinals.set(ordinal);
    }

    private static void checkHashes(LshParts parts, int place) {
        for (int t = 0; t < parts.tables().size(); t++) {
            if (parts.rows().hash(place, t) < 0) {
                throw CheckpointHead.damaged("place " + place + " has a hash of more than 31 bits in table " + t);
            }
        }
    }
}
