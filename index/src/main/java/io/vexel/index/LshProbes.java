package io.vexel.index;

import java.util.Arrays;

/**
 * The buckets that a query looks into, likeliest first: in every table its own, then those where a few functions have an alternative
 * value. The order is the query-directed one of Lv et al., "Multi-probe LSH" (2007): the alternatives of a table are sorted by cost, and
 * a set of them is followed by the set with its last one replaced by the next, and by the set with the next one added; the cheapest set
 * of all tables comes first.
 */
final class LshProbes {

    /** Most buckets of one search. */
    static final int MOST_PROBES = 1 << 16;

    private static final int BITS_PER_MEMBER = 8;
    private static final int MEMBER_MASK = 0xFF;

    private final LshSpec spec;
    private final long[] termSeeds;
    private final long[][] sorted;
    private final int[] sortedCounts;
    private final long[] sums;
    private final KeyHeap heap = new KeyHeap();
    private int[] sets = new int[256];
    private byte[] tables = new byte[256];
    private int nodeCount;
    private int taken;
    private int table;

    LshProbes(LshSpec spec) {
        this.spec = spec;
        termSeeds = new long[spec.allFunctions()];
        Arrays.setAll(termSeeds, f -> (f + 1) * Mixing.GOLDEN);
        sorted = new long[spec.tables()][LshSignature.ALTERNATIVES * spec.functions()];
        sortedCounts = new int[spec.tables()];
        sums = new long[spec.tables()];
    }

    /** The hash of a signature in each table, 31 bits. */
    void hashes(LshSignature signature, int[] hashes) {
        for (int t = 0; t < hashes.length; t++) {
            hashes[t] = hash(sum(signature, t));
        }
    }

    private long sum(LshSignature signature, int ofTable) {
        long sum = 0;
        for (int f = ofTable * spec.functions(); f < (ofTable + 1) * spec.functions(); f++) {
            sum += term(f, signature.values[f]);
        }
        return sum;
    }

    private long term(int function, int value) {
        return Mixing.mix(termSeeds[function] + value);
    }

    private static int hash(long sum) {
        return (int) (Mixing.mix(sum) >>> 33);
    }

    /** Begins with a query's signature. */
    void begin(LshSignature signature) {
        heap.clear();
        nodeCount = 0;
        taken = 0;
        for (int t = 0; t < spec.tables(); t++) {
            sums[t] = sum(signature, t);
            sortAlternatives(signature, t);
            push(t, 0, 0);
        }
    }

    private void sortAlternatives(LshSignature signature, int ofTable) {
        int first = LshSignature.ALTERNATIVES * spec.functions() * ofTable;
        int count = 0;
        for (int i = 0; i < sorted[ofTable].length; i++) {
            if (signature.costs[first + i] < Float.POSITIVE_INFINITY) {
                sorted[ofTable][count++] = KeyHeap.entry(signature.costs[first + i], i);
            }
        }
        Arrays.sort(sorted[ofTable], 0, count);
        sortedCounts[ofTable] = count;
    }

    /** The table of the last hash. */
    int table() {
        return table;
    }

    /** The hash of the next bucket to look into, in {@link #table}; -1 when there is none. */
    int next(LshSignature signature) {
        while (heap.size() > 0 && taken < MOST_PROBES) {
            int node = KeyHeap.number(heap.pop());
            taken++;
            table = tables[node];
            int set = sets[node];
            pushSuccessors(set);
            if (!changesOneTwice(set)) {
                return hash(changedSum(signature, set));
            }
        }
        return -1;
    }

    /** A set is one byte a member, the largest in the lowest: its rank among the table's alternatives + 1. */
    private void pushSuccessors(int set) {
        int last = set & MEMBER_MASK;
        if (last == sortedCounts[table]) {
            return;
        }
        if (set != 0) {
            int replaced = set + 1;
            push(table, replaced, cost(replaced));
        }
        if (spec.probeRadius() > 0 && set >>> (BITS_PER_MEMBER * (spec.probeRadius() - 1)) == 0) {
            int added = (set << BITS_PER_MEMBER) | (last + 1);
            push(table, added, cost(added));
        }
    }

    private void push(int ofTable, int set, float cost) {
        if (nodeCount == sets.length) {
            sets = Arrays.copyOf(sets, 2 * nodeCount);
            tables = Arrays.copyOf(tables, 2 * nodeCount);
        }
        sets[nodeCount] = set;
        tables[nodeCount] = (byte) ofTable;
        heap.push(KeyHeap.entry(cost, nodeCount++));
    }

    private float cost(int set) {
        float cost = 0;
        for (int left = set; left != 0; left >>>= BITS_PER_MEMBER) {
            cost += KeyHeap.key(member(left));
        }
        return cost;
    }

    private long member(int set) {
        return sorted[table][(set & MEMBER_MASK) - 1];
    }

    /** Two members may be alternatives of one function. */
    private boolean changesOneTwice(int set) {
        for (int a = set; a != 0; a >>>= BITS_PER_MEMBER) {
            for (int b = a >>> BITS_PER_MEMBER; b != 0; b >>>= BITS_PER_MEMBER) {
                if (functionOf(a) == functionOf(b)) {
                    return true;
                }
            }
        }
        return false;
    }

    private int functionOf(int set) {
        return KeyHeap.number(member(set)) / LshSignature.ALTERNATIVES;
    }

    private long changedSum(LshSignature signature, int set) {
        long sum = sums[table];
        int firstFunction = table * spec.functions();
        for (int left = set; left != 0; left >>>= BITS_PER_MEMBER) {
            int alternative = LshSignature.ALTERNATIVES * firstFunction + KeyHeap.number(member(left));
            int function = alternative / LshSignature.ALTERNATIVES;
            sum += term(function, signature.alternatives[alternative]) - term(function, signature.values[function]);
        }
        return sum;
    }
}
