package io.vexel.index;

import io.vexel.distance.BFloat16Kernels;
import io.vexel.distance.DotBlock;
import io.vexel.distance.ElementType;
import io.vexel.distance.Float16Kernels;
import io.vexel.distance.Kernels;
import java.util.Arrays;

/**
 * Finds the few rows of a tile that may be among the best of some query, by inner products of all queries with all rows in
 * blocks. The queries are shared between threads; the bounds, which tighten as results come in, belong to one. Rows of 16-bit
 * floats are widened once a tile, as every group reads them again.
 */
final class BlockFilter {

    /** The queries of a request, transposed in groups. Immutable. */
    static final class Groups {
        private final int dimension;
        private final ElementType elementType;
        private final float[][] groups;
        private final double[] squaredNorms;

        Groups(Scorer scorer) {
            float[][] queries = Arrays.copyOf(scorer.floats(), grouped(scorer.queryCount()));
            dimension = scorer.dimension();
            elementType = scorer.elementType();
            groups = new float[Math.ceilDiv(queries.length, DotBlock.QUERIES)][DotBlock.QUERIES * dimension];
            for (int g = 0; g < groups.length; g++) {
                DotBlock.transpose(queries, g * DotBlock.QUERIES, groups[g]);
            }
            squaredNorms = new double[queries.length];
            Arrays.setAll(squaredNorms, q -> DotBounds.squaredNorm(queries[q]));
        }

        /** The queries in groups: the first so many. A last group with few queries costs more than they do one by one. */
        static int grouped(int queryCount) {
            int rest = queryCount % DotBlock.QUERIES;
            return rest <= DotBlock.QUERIES / 4 ? queryCount - rest : queryCount;
        }
    }

    private final Groups groups;
    private final DotBounds bounds;
    private final float[][] constants;
    private final float[][] factors;
    private final float[] rowFactors;
    private final float[] dots;
    private final float[] widened;

    /** @param tileRows most rows of a tile */
    BlockFilter(Groups groups, DotBounds bounds, int tileRows) {
        this.groups = groups;
        this.bounds = bounds;
        constants = new float[groups.groups.length][DotBlock.QUERIES];
        factors = new float[groups.groups.length][DotBlock.QUERIES];
        rowFactors = new float[tileRows];
        dots = new float[tileRows * DotBlock.QUERIES];
        widened = new float[groups.elementType == ElementType.FLOAT32 ? 0 : tileRows * groups.dimension];
    }

    /** Tells the largest key that interests a query from now on. */
    void threshold(int query, float key) {
        int group = query / DotBlock.QUERIES;
        int lane = query % DotBlock.QUERIES;
        constants[group][lane] = bounds.constant(groups.squaredNorms[query], key);
        factors[group][lane] = bounds.factor(groups.squaredNorms[query], key);
    }

    /** The queries that the groups hold: the first so many. */
    int queryCount() {
        return groups.squaredNorms.length;
    }

    int groupCount() {
        return groups.groups.length;
    }

    /** Starts on a tile: contiguous rows, a multiple of {@link DotBlock#ROWS}. */
    void tile(long address, int rowCount) {
        int elements = rowCount * groups.dimension;
        switch (groups.elementType) {
            case FLOAT16 -> Float16Kernels.widen(address, elements, widened);
            case BFLOAT16 -> BFloat16Kernels.widen(address, elements, widened);
            default -> {}
        }
        long rowBytes = groups.elementType.rowBytes(groups.dimension);
        for (int r = 0; r < rowCount; r++) {
            rowFactors[r] = bounds.rowFactor(squaredNorm(address + r * rowBytes));
        }
    }

    private float squaredNorm(long row) {
        return switch (groups.elementType) {
            case FLOAT16 -> Float16Kernels.squaredNorm(row, groups.dimension);
            case BFLOAT16 -> BFloat16Kernels.squaredNorm(row, groups.dimension);
            default -> Kernels.squaredNorm(row, groups.dimension);
        };
    }

    /** Estimates a group's inner products with the tile's rows. */
    void estimate(int group, long address, int rowCount) {
        if (widened.length == 0) {
            DotBlock.dots(groups.groups[group], address, groups.dimension, rowCount, dots);
        } else {
            DotBlock.dots(groups.groups[group], widened, groups.dimension, rowCount, dots);
        }
    }

    /** The lanes of the group last estimated for which a row of the tile may be among the best, as bits. */
    long candidates(int group, int row) {
        int lanes = Math.min(DotBlock.QUERIES, groups.squaredNorms.length - group * DotBlock.QUERIES);
        return DotBlock.notBelow(dots, row, constants[group], factors[group], rowFactors[row]) & (1L << lanes) - 1;
    }
}
