package io.vexel.index;

import java.nio.ByteBuffer;

/** Saves an HNSW index and loads it. What is loaded is checked like nothing that the index itself has written. */
final class HnswCheckpoint {

    private static final int MAGIC = 0x574E5356;
    private static final int VERSION = 1;
    private static final int BASE_SPACE = 0;
    private static final int UPPER_SPACE = 1;
    private static final int OWN_BYTES = 4 * Integer.BYTES + Long.BYTES + 5 * Integer.BYTES;

    private HnswCheckpoint() {}

    static void save(HnswParts parts, IndexContext context, DerivedIndex.CheckpointSink sink) {
        HnswGraph graph = parts.graph();
        graph.baseRecords.save(BASE_SPACE, sink);
        graph.upperRecords.save(UPPER_SPACE, sink);
        HnswSpec spec = parts.spec();
        HnswEntry.At top = parts.entry().get();
        ByteBuffer head = CheckpointHead.begin(MAGIC, VERSION, context)
                .putInt(spec.m())
                .putInt(spec.efConstruction())
                .putInt(spec.efSearch())
                .putInt(spec.maxLevels())
                .putLong(spec.seed())
                .putInt(graph.places.end())
                .putInt(graph.uppers.end())
                .putInt(top.place())
                .putInt(top.level())
                .putInt(ordinalEnd(graph));
        sink.finish(CheckpointHead.seal(head));
        graph.baseRecords.saved();
        graph.upperRecords.saved();
    }

    private static int ordinalEnd(HnswGraph graph) {
        int last = -1;
        for (int place = 0; place < graph.end(); place++) {
            last = Math.max(last, graph.ordinal(place));
        }
        return last + 1;
    }

    static HnswIndex load(HnswSpec spec, IndexContext context, DerivedIndex.CheckpointSource source) {
        ByteBuffer head = CheckpointHead.open(source.head(), MAGIC, VERSION, context, OWN_BYTES);
        HnswSpec saved = savedSpec(head);
        if (saved.m() != spec.m()) {
            throw CheckpointHead.damaged("m=" + saved.m() + ", expected " + spec.m());
        }
        HnswIndex index = new HnswIndex(spec, context);
        try {
            load(index.parts(), head, source);
            return index;
        } catch (RuntimeException | Error e) {
            index.discard();
            throw e;
        }
    }

    private static HnswSpec savedSpec(ByteBuffer head) {
        try {
            return new HnswSpec(head.getInt(), head.getInt(), head.getInt(), head.getInt(), head.getLong());
        } catch (IllegalArgumentException e) {
            throw CheckpointHead.damaged(String.valueOf(e.getMessage()));
        }
    }

    private static void load(HnswParts parts, ByteBuffer head, DerivedIndex.CheckpointSource source) {
        HnswGraph graph = parts.graph();
        int end = count("places", head.getInt());
        int upperEnd = count("upper records", head.getInt());
        int entry = head.getInt();
        int entryLevel = head.getInt();
        int ordinalEnd = head.getInt();
        graph.baseRecords.load(BASE_SPACE, source, end);
        graph.upperRecords.load(UPPER_SPACE, source, upperEnd);
        graph.places.restore(end);
        graph.uppers.restore(upperEnd);
        if (entry < HnswGraph.NONE || entry >= end) {
            throw CheckpointHead.damaged("entry point=" + entry + ", places=" + end);
        }
        parts.entry().set(entry, entryLevel);
        HnswCheck check = new HnswCheck(parts);
        check.structure(ordinalEnd);
        if (!check.findings().none()) {
            throw CheckpointHead.damaged(check.findings().first());
        }
        check.giveUnused();
        enterRows(graph);
    }

    private static void enterRows(HnswGraph graph) {
        for (int place = 0; place < graph.end(); place++) {
            if (graph.linkable(place)) {
                graph.rowPlaces.ensure(graph.ordinal(place));
                graph.rowPlaces.enter(graph.ordinal(place), place);
            }
        }
    }

    private static int count(String what, int value) {
        if (value < 0 || value > Places.MOST) {
            throw CheckpointHead.damaged(what + "=" + value);
        }
        return value;
    }
}
