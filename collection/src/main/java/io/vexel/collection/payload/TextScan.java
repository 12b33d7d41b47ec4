package io.vexel.collection.payload;

import io.vexel.index.BestRows;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Finds by reading payloads what {@link Bm25} finds in text indexes, with the same scores, for when there is no memory for these. Every payload is read once, since a score needs
 * to know how many rows have which word; those behind the first rows with a word that are kept, {@value #MOST_KEPT} numbers of them, are read again. Used by one thread, once.
 */
final class TextScan {

    /** So many ints are kept of rows with a word: 1 MiB. */
    private static final int MOST_KEPT = 1 << 18;

    private static final int ROWS_PER_CHECK = 1 << 10;

    private final Bm25.Query query;
    private final PayloadSource source;
    private final int mostKept;
    private final PayloadReader reader = new PayloadReader();
    private final Map<String, Integer> places = new HashMap<>();
    /** Of the row that is read: how often it has each word of the query, and how many words it has. */
    private final int[] counts;

    private int length;
    private long read;

    /** One row with a word after the other: its number, how many words it has, and how often each word of the query. */
    private final IntList kept = new IntList();

    TextScan(Bm25.Query query, PayloadSource source) {
        this(query, source, MOST_KEPT);
    }

    /** @param mostKept ints that are kept, for tests */
    TextScan(Bm25.Query query, PayloadSource source, int mostKept) {
        this.query = query;
        this.source = source;
        this.mostKept = mostKept;
        reader.add(query.text().path());
        query.words().forEach(word -> places.put(word, places.size()));
        counts = new int[places.size()];
    }

    /** Reads a row; what {@link #counts} and {@link #length} say is about it afterwards. */
    private void read(int row) {
        if (row % ROWS_PER_CHECK == 0) {
            query.text().cancellation().check();
        }
        length = 0;
        Arrays.fill(counts, 0);
        if (query.text().live().accepts(row)) {
            source.read(row, (json, offset, bytes) -> {
                read++;
                reader.read(json, offset, bytes, counter);
            });
        }
    }

    private final PayloadReader.Visitor counter = new PayloadReader.Visitor() {
        @Override
        public void present(int path) {
            // Only texts matter.
        }

        @Override
        public void scalar(int path, JsonParser parser, JsonToken token) {
            if (token == JsonToken.VALUE_STRING) {
                Words.of(parser.getString(), TextScan.this::count);
            }
        }
    };

    private void count(String word) {
        length++;
        Integer place = places.get(word);
        if (place != null) {
            counts[place]++;
        }
    }

    private boolean hasWord() {
        return Arrays.stream(counts).anyMatch(count -> count > 0);
    }

    /** The best rows, highest score first. */
    TextMatches search() {
        long rows = 0;
        long words = 0;
        long matches = 0;
        long[] with = new long[counts.length];
        int firstNotKept = query.rowCount();
        for (int row = 0; row < query.rowCount(); row++) {
            read(row);
            rows += length > 0 ? 1 : 0;
            words += length;
            if (hasWord()) {
                matches++;
                for (int word = 0; word < with.length; word++) {
                    with[word] += counts[word] > 0 ? 1 : 0;
                }
                if (row < firstNotKept && !keep(row)) {
                    firstNotKept = row;
                }
            }
        }
        Scores scores = new Scores(Bm25.weights(rows, with), (double) words / rows);
        scores.offerKept();
        for (int row = firstNotKept; row < query.rowCount(); row++) {
            read(row);
            if (hasWord()) {
                scores.offer(row, length, counts);
            }
        }
        return new TextMatches(scores.best.neighbors(), query.words(), matches, read);
    }

    /** Keeps what is known of the row; false when there is no room. */
    private boolean keep(int row) {
        if (kept.size() + 2 + counts.length > mostKept) {
            return false;
        }
        kept.add(row);
        kept.add(length);
        Arrays.stream(counts).forEach(kept::add);
        return true;
    }

    private final class Scores {

        private final double[] weights;
        private final double mean;
        private final BestRows best =
                new BestRows(query.text().k(), query.text().tieBreak());

        Scores(double[] weights, double mean) {
            this.weights = weights;
            this.mean = mean;
        }

        void offerKept() {
            int[] all = kept.toArray();
            for (int at = 0; at < all.length; at += 2 + weights.length) {
                offer(all[at], all[at + 1], Arrays.copyOfRange(all, at + 2, at + 2 + weights.length));
            }
        }

        void offer(int row, int words, int[] often) {
            double score = 0;
            for (int word = 0; word < weights.length; word++) {
                // In the order of the words, as an index adds them up, so that the sums are the same to the last bit.
                score += often[word] == 0 ? 0 : Bm25.term(weights[word], often[word], words, mean);
            }
            if (best.mayEnter(-score) && query.text().filter().accepts(row)) {
                best.offer(-score, row);
            }
        }
    }
}
