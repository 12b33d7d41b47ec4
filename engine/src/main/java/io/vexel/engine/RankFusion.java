package io.vexel.engine;

import io.vexel.index.BestRows;
import io.vexel.index.Neighbors;
import io.vexel.index.TieBreak;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes one list out of several. */
final class RankFusion {

    private RankFusion() {}

    /**
     * Fuses lists.
     *
     * @param lists best first; a list of keyword scores has them negated and stands last
     * @param k most rows of the result
     * @return best first, with negated sums as distances
     */
    static Neighbors fuse(Fusion fusion, List<Neighbors> lists, int k, TieBreak tieBreak) {
        Map<Long, Double> sums = new HashMap<>();
        for (int i = 0; i < lists.size(); i++) {
            Neighbors list = lists.get(i);
            for (int rank = 0; rank < list.size(); rank++) {
                double part = switch (fusion) {
                    case Fusion.ReciprocalRank rankFusion -> 1.0 / (rankFusion.constant() + rank + 1);
                    case Fusion.Weighted weighted ->
                        (i == 0 ? weighted.vectorWeight() : 1 - weighted.vectorWeight()) * share(list, rank);
                };
                sums.merge(list.ordinal(rank), part, Double::sum);
            }
        }
        BestRows best = new BestRows(k, tieBreak);
        sums.forEach((ordinal, sum) -> best.offer(-sum, ordinal));
        return best.neighbors();
    }

    private static double share(Neighbors list, int rank) {
        double first = list.distance(0);
        double last = list.distance(list.size() - 1);
        double share = first == last ? 1 : (last - list.distance(rank)) / (last - first);
        return Double.isNaN(share) ? 0 : share;
    }
}
