package io.vexel.collection.payload;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.roaringbitmap.IntConsumer;
import org.roaringbitmap.RoaringBitmap;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Which rows hold which words how often, and how many words each row has. An array's texts count as one text. */
final class TextPart implements FieldPart {

    private static final long ENTRY_BYTES = 48 + 64 + 72;

    private final int first;
    private final Map<String, Postings> words;
    private final int[] lengths;
    private final Bm25.Totals totals;
    private final long bytes;

    /** @param lengths words of each row from {@code first} on, 0 where there is no text, and behind the last with text */
    private TextPart(int first, Map<String, Postings> words, int[] lengths) {
        this.first = first;
        this.words = words;
        this.lengths = lengths;
        this.totals = new Bm25.Totals(
                Arrays.stream(lengths).filter(length -> length > 0).count(),
                Arrays.stream(lengths).asLongStream().sum());
        long sum = 256 + 4L * lengths.length;
        for (Map.Entry<String, Postings> entry : words.entrySet()) {
            sum += ENTRY_BYTES
                    + 2L * entry.getKey().length()
                    + 8L * entry.getValue().size();
        }
        bytes = sum;
    }

    /** The rows with the word. */
    Postings postings(String word) {
        return words.getOrDefault(word, Postings.NONE);
    }

    /** Words in the row's text. */
    int length(int row) {
        int at = row - first;
        return at < lengths.length ? lengths[at] : 0;
    }

    /** The sums over all rows. */
    Bm25.Totals totals() {
        return totals;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public TextPart join(FieldPart next, RoaringBitmap dead) {
        TextPart other = (TextPart) next;
        Map<String, Postings> joined = HashMap.newHashMap(Math.max(words.size(), other.words.size()));
        words.forEach((word, some) -> joined.put(word, some.join(other.postings(word), dead)));
        other.words.forEach((word, some) -> joined.computeIfAbsent(word, _ -> some.join(Postings.NONE, dead)));
        joined.values().removeIf(some -> some.size() == 0);
        int[] both = Arrays.copyOf(lengths, other.first - first + other.lengths.length);
        System.arraycopy(other.lengths, 0, both, other.first - first, other.lengths.length);
        dead.forEach((IntConsumer) row -> {
            if (row - first < both.length) {
                both[row - first] = 0;
            }
        });
        return new TextPart(first, joined, Arrays.copyOf(both, endOfTexts(both)));
    }

    private static int endOfTexts(int[] lengths) {
        int end = lengths.length;
        while (end > 0 && lengths[end - 1] == 0) {
            end--;
        }
        return end;
    }

    /** Collects words. */
    static final class Builder implements FieldPart.Builder {

        private final Map<String, Collected> words = new HashMap<>();
        private final Collected texts = new Collected();

        /** Rows, ascending, and a count for each. */
        private static final class Collected {
            final IntList rows = new IntList();
            final IntList counts = new IntList();

            void add(int row) {
                if (rows.size() > 0 && rows.last() == row) {
                    counts.setLast(counts.last() + 1);
                } else {
                    rows.add(row);
                    counts.add(1);
                }
            }
        }

        @Override
        public void present(int row) {
            // Only texts matter.
        }

        @Override
        public void scalar(int row, JsonParser parser, JsonToken token) {
            if (token == JsonToken.VALUE_STRING) {
                Words.of(parser.getString(), word -> add(row, word));
            }
        }

        private void add(int row, String word) {
            words.computeIfAbsent(word, _ -> new Collected()).add(row);
            texts.add(row);
        }

        @Override
        public TextPart build(int first, int end) {
            Map<String, Postings> all = HashMap.newHashMap(words.size());
            words.forEach((word, some) -> all.put(word, new Postings(some.rows.toArray(), some.counts.toArray())));
            int[] ofRows = new int[end - first];
            int[] rows = texts.rows.toArray();
            int[] counts = texts.counts.toArray();
            for (int i = 0; i < rows.length; i++) {
                ofRows[rows[i] - first] = counts[i];
            }
            return new TextPart(first, all, ofRows);
        }
    }
}
