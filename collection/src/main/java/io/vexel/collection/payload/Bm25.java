package io.vexel.collection.payload;

import io.vexel.index.BestRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the rows whose texts go best with some words, by BM25 (Robertson, Walker) with k1 = {@value #K1} and b = {@value #B}:
 *
 * <pre>
 * score(d) = sum over the distinct words w of the query, in their order:
 *            ln(1 + (N - n(w) + 0.5) / (n(w) + 0.5)) * f(w, d) * (k1 + 1) / (f(w, d) + k1 * (1 - b + b * |d| / mean))
 * </pre>
 *
 * N: live rows whose field has a word; n(w): those with w; f: how often d has w; |d|: words of d; mean: words of a row among the N. All of them
 * count the rows that are alive in the reader's state, and only these.
 */
final class Bm25 {

    static final double K1 = 1.2;
    static final double B = 0.75;

    private final List<Segment> segments;
    private final int part;
    private final Query query;

    /**
     * What to find.
     *
     * @param words distinct, at least one
     * @param rowCount rows of the state
     * @param text the rest of the query
     */
    record Query(List<String> words, int rowCount, TextQuery text) {}

    /** Rows with text, and their words. */
    record Totals(long rows, long words) {

        double mean() {
            return (double) words / rows;
        }
    }

    /** @param part the number of the text index */
    Bm25(List<Segment> segments, int part, Query query) {
        this.segments = segments;
        this.part = part;
        this.query = query;
    }

    private TextPart text(Segment segment) {
        return (TextPart) segment.parts().get(part);
    }

    private boolean isLive(int row) {
        return row < query.rowCount && query.text.live().accepts(row);
    }

    /** Counts rows with text and their words. */
    Totals totals() {
        long rows = 0;
        long words = 0;
        for (Segment segment : segments) {
            query.text.cancellation().check();
            boolean all =
                    segment.end() <= query.rowCount && query.text.live().acceptsAll(segment.first(), segment.rows());
            Totals counted = all ? text(segment).totals() : totals(segment);
            rows += counted.rows;
            words += counted.words;
        }
        return new Totals(rows, words);
    }

    private Totals totals(Segment segment) {
        long rows = 0;
        long words = 0;
        int end = Math.min(segment.end(), query.rowCount);
        for (int row = segment.first(); row < end; row++) {
            int length = text(segment).length(row);
            if (length > 0 && query.text.live().accepts(row)) {
                rows++;
                words += length;
            }
        }
        return new Totals(rows, words);
    }

    /** The best rows, highest score first. */
    TextMatches search(Totals totals) {
        double[] weights = weights(
                totals.rows, query.words.stream().mapToLong(this::rowsWith).toArray());
        BestRows best = new BestRows(query.text.k(), query.text.tieBreak());
        long matches = 0;
        for (Segment segment : segments) {
            query.text.cancellation().check();
            matches += score(segment, weights, totals.mean(), best);
        }
        return new TextMatches(best.neighbors(), query.words, matches, 0);
    }

    /**
     * How much each word counts.
     *
     * @param rows with text
     * @param with rows with each word
     */
    static double[] weights(long rows, long[] with) {
        return Arrays.stream(with)
                .mapToDouble(some -> Math.log(1 + (rows - some + 0.5) / (some + 0.5)))
                .toArray();
    }

    /** What a word adds to the score of a row that has it so often, among so many words. */
    static double term(double weight, double often, int length, double mean) {
        double norm = K1 * (1 - B + B * length / mean);
        return weight * often * (K1 + 1) / (often + norm);
    }

    private long rowsWith(String word) {
        long count = 0;
        for (Segment segment : segments) {
            query.text.cancellation().check();
            Postings postings = text(segment).postings(word);
            for (int i = 0; i < postings.size(); i++) {
                count += isLive(postings.row(i)) ? 1 : 0;
            }
        }
        return count;
    }

    /** Returns how many rows have a score. */
    private int score(Segment segment, double[] weights, double mean, BestRows best) {
        List<Postings> found = new ArrayList<>();
        query.words.forEach(word -> found.add(text(segment).postings(word)));
        if (found.stream().allMatch(postings -> postings.size() == 0)) {
            return 0;
        }
        double[] scores = new double[segment.rows()];
        IntList scored = new IntList();
        for (int w = 0; w < weights.length; w++) {
            Postings postings = found.get(w);
            for (int i = 0; i < postings.size(); i++) {
                int row = postings.row(i);
                if (isLive(row)) {
                    int at = row - segment.first();
                    if (scores[at] == 0) {
                        scored.add(row);
                    }
                    scores[at] +=
                            term(weights[w], postings.count(i), text(segment).length(row), mean);
                }
            }
        }
        int[] rows = scored.toArray();
        for (int row : rows) {
            double key = -scores[row - segment.first()];
            if (best.mayEnter(key) && query.text.filter().accepts(row)) {
                best.offer(key, row);
            }
        }
        return rows.length;
    }
}
