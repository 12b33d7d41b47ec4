package io.vexel.bench.paging;

import io.vexel.paging.replacement.PolicyKind;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The shares of hits of one trace at one number of frames.
 *
 * @param trace what was replayed
 * @param frames pages in memory at once
 * @param hints what the policies were told
 * @param shares hits of each policy, as a share of the accesses
 * @param best that of OPT
 */
record PolicyHits(PageTrace trace, int frames, Replay.Hints hints, Map<PolicyKind, Double> shares, double best) {

    static PolicyHits measure(PageTrace trace, int frames, Replay.Hints hints) {
        Replay replay = new Replay(trace, frames);
        Map<PolicyKind, Double> shares = new EnumMap<>(PolicyKind.class);
        for (PolicyKind kind : PolicyKind.values()) {
            shares.put(kind, (double) replay.hits(kind.create(frames), hints) / trace.length());
        }
        return new PolicyHits(trace, frames, hints, shares, (double) replay.mostHits() / trace.length());
    }

    double share(PolicyKind kind) {
        return shares.getOrDefault(kind, 0.0);
    }

    /** The default's hits over those of the best of the others. */
    double overBestOther() {
        double other = shares.entrySet().stream()
                .filter(entry -> entry.getKey() != PolicyKind.DEFAULT)
                .mapToDouble(Map.Entry::getValue)
                .max()
                .orElse(0);
        return share(PolicyKind.DEFAULT) / other;
    }

    /** The default's hits over those of LRU. */
    double overLru() {
        return share(PolicyKind.DEFAULT) / share(PolicyKind.LRU);
    }

    Map<String, Object> json() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("trace", trace.name());
        facts.put("accesses", trace.length());
        facts.put("pages", trace.pageCount());
        facts.put("frames", frames);
        facts.put("scansTold", hints == Replay.Hints.TOLD);
        shares.forEach((kind, share) -> facts.put(kind.label(), share));
        facts.put("opt", best);
        facts.put("overBestOther", overBestOther());
        facts.put("overLru", overLru());
        return facts;
    }
}
