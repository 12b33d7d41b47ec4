package io.vexel.bench.filter;

import io.vexel.bench.data.Dataset;
import io.vexel.bench.data.Distances;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Numbers for rows, each from 0 to the number of rows used once, so that a bound on them is fulfilled by an exact share. */
final class Ranks {

    private Ranks() {}

    /** In a random order: whether a row fulfils a filter says nothing about where it lies. */
    static int[] scattered(int rows, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] ranks = new int[rows];
        for (int i = 0; i < rows; i++) {
            int j = random.nextInt(i + 1);
            ranks[i] = ranks[j];
            ranks[j] = i;
        }
        return ranks;
    }

    /** By the distance from one random row: rows that fulfil a filter lie in one place, far from most queries. */
    static int[] around(Dataset data, long seed) {
        float[][] base = data.base();
        float[] center = base[new SplittableRandom(seed).nextInt(base.length)];
        double[] distances = Arrays.stream(base)
                .mapToDouble(row -> Distances.of(data.metric(), center, row))
                .toArray();
        int[] ranks = new int[base.length];
        int[] rank = {0};
        IntStream.range(0, base.length)
                .boxed()
                .sorted((a, b) -> Double.compare(distances[a], distances[b]))
                .forEachOrdered(row -> ranks[row] = rank[0]++);
        return ranks;
    }
}
