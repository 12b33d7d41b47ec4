package io.vexel.collection.payload;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.roaringbitmap.RoaringBitmap;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** The rows of each value of a field. */
final class KeywordPart implements FieldPart {

    private static final long ENTRY_BYTES = 48;
    private static final long KEY_BYTES = 64;

    private final Map<Object, RowSet> values;
    private final RoaringBitmap present;
    private final long bytes;

    /** @param values by {@link ScalarKey} */
    private KeywordPart(Map<Object, RowSet> values, RoaringBitmap present) {
        this.values = values;
        this.present = present;
        present.runOptimize();
        long sum = 256 + present.getLongSizeInBytes();
        for (Map.Entry<Object, RowSet> entry : values.entrySet()) {
            int length = entry.getKey() instanceof String text ? 2 * text.length() : 0;
            sum += ENTRY_BYTES + KEY_BYTES + length + entry.getValue().bytes();
        }
        bytes = sum;
    }

    /** Adds the rows with this value. */
    void equalTo(Object key, RoaringBitmap target) {
        RowSet rows = values.get(key);
        if (rows != null) {
            rows.addTo(target);
        }
    }

    /** Adds the rows with a value that fulfils the condition, by a look at every value. */
    void matching(Predicate<Object> condition, RoaringBitmap target) {
        values.forEach((key, rows) -> {
            if (condition.test(key)) {
                rows.addTo(target);
            }
        });
    }

    /** The rows that have the field. */
    RoaringBitmap present() {
        return present;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public KeywordPart join(FieldPart next, RoaringBitmap dead) {
        KeywordPart other = (KeywordPart) next;
        RowSet none = RowSet.of(new int[0]);
        Map<Object, RowSet> joined = HashMap.newHashMap(Math.max(values.size(), other.values.size()));
        values.forEach((key, rows) -> joined.put(key, rows.join(other.values.getOrDefault(key, none), dead)));
        other.values.forEach((key, rows) -> joined.computeIfAbsent(key, _ -> rows.join(none, dead)));
        joined.values().removeIf(RowSet::isEmpty);
        RoaringBitmap there = RoaringBitmap.or(present, other.present);
        there.andNot(dead);
        return new KeywordPart(joined, there);
    }

    /** Collects the values. */
    static final class Builder implements FieldPart.Builder {

        private final Map<Object, IntList> values = new HashMap<>();
        private final RoaringBitmap present = new RoaringBitmap();

        @Override
        public void present(int row) {
            present.add(row);
        }

        @Override
        public void scalar(int row, JsonParser parser, JsonToken token) {
            IntList rows = values.computeIfAbsent(ScalarKey.of(parser, token), _ -> new IntList());
            if (rows.size() == 0 || rows.last() != row) {
                rows.add(row);
            }
        }

        @Override
        public KeywordPart build(int first, int end) {
            Map<Object, RowSet> sets = HashMap.newHashMap(values.size());
            values.forEach((key, rows) -> sets.put(key, RowSet.of(rows.toArray())));
            return new KeywordPart(sets, present);
        }
    }
}
