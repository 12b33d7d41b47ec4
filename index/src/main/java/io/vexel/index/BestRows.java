package io.vexel.index;

import io.vexel.base.Checks;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The best rows seen so far by a score that is a double; the smaller the better, ties in a given order. For scores that no kernel computes: keywords,
 * combined distances, fused ranks. What is kept does not depend on the order of the offers. Not thread-safe.
 */
public final class BestRows {

    private static final int FIRST_CAPACITY = 64;

    private final int k;
    private final Comparator<Neighbors.Hit> bestFirst;
    private final PriorityQueue<Neighbors.Hit> worstFirst;

    /** @param k most rows to keep, 1..{@link SearchRequest#ALL} */
    public BestRows(int k, TieBreak tieBreak) {
        this.k = Checks.inRange("k", k, 1, SearchRequest.ALL);
        bestFirst = Comparator.comparingDouble(Neighbors.Hit::distance)
                .thenComparing((a, b) -> tieBreak.compare(a.ordinal(), b.ordinal()));
        worstFirst = new PriorityQueue<>(Math.min(k, FIRST_CAPACITY), bestFirst.reversed());
    }

    /** False when a row with this score cannot be among the best any more, whatever its place among equals. */
    public boolean mayEnter(double score) {
        return worstFirst.size() < k || score <= worstFirst.peek().distance();
    }

    /** Takes the row if it is among the best. Each row is offered once. */
    public void offer(double score, long ordinal) {
        // Both zeros are one score.
        Neighbors.Hit hit = new Neighbors.Hit(ordinal, score + 0.0);
        if (worstFirst.size() < k) {
            worstFirst.add(hit);
        } else if (bestFirst.compare(hit, worstFirst.peek()) < 0) {
            worstFirst.poll();
            worstFirst.add(hit);
        }
    }

    /** Takes what another kept. */
    void absorb(BestRows other) {
        other.worstFirst.forEach(hit -> offer(hit.distance(), hit.ordinal()));
    }

    /** What was kept, best first, with scores as distances. */
    public Neighbors neighbors() {
        Neighbors.Hit[] hits = worstFirst.toArray(Neighbors.Hit[]::new);
        Arrays.sort(hits, bestFirst);
        long[] ordinals = new long[hits.length];
        double[] scores = new double[hits.length];
        for (int i = 0; i < hits.length; i++) {
            ordinals[i] = hits[i].ordinal();
            scores[i] = hits[i].distance();
        }
        return new Neighbors(ordinals, scores);
    }
}
