package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.distance.BFloat16Kernels;
import io.vexel.distance.ElementType;
import io.vexel.distance.Float16Kernels;
import io.vexel.distance.Kernels;
import io.vexel.distance.Metric;
import java.lang.foreign.ValueLayout;

/** The keys of rows against one vector, which is a query or itself a row; the keys are those of {@link Scorer}. Used by one thread. */
final class RowScorer {

    private final Metric metric;
    private final ElementType elementType;
    private final int dimension;
    private float[] rowFloats = {};
    private long[] rowWords = {};
    private float[] floats = rowFloats;
    private long[] words = rowWords;
    private float squaredNorm;

    /** @param elementType of the rows */
    RowScorer(Metric metric, ElementType elementType, int dimension) {
        this.metric = metric;
        this.elementType = elementType;
        this.dimension = dimension;
    }

    Metric metric() {
        return metric;
    }

    /** Compares with a query from now on. */
    void aim(QueryVector query) {
        floats = query.floats();
        words = query.words();
        prepare();
    }

    /** Compares with a row from now on; its elements are copied. */
    void aim(long row) {
        ensureRow();
        forget();
        if (elementType.isFloat()) {
            elementType.read(ALL, row, rowFloats);
        } else {
            copyBits(row);
        }
        prepare();
    }

    /** Most scorers are never aimed at a row. */
    private void ensureRow() {
        if (elementType.isFloat() && rowFloats.length == 0) {
            rowFloats = new float[dimension];
        } else if (!elementType.isFloat() && rowWords.length == 0) {
            rowWords = new long[(dimension + 63) >>> 6];
        }
    }

    /** Lets go of a query. */
    void forget() {
        floats = rowFloats;
        words = rowWords;
    }

    private void prepare() {
        if (metric == Metric.COSINE) {
            squaredNorm = Kernels.squaredNorm(floats);
        }
    }

    private void copyBits(long row) {
        int bytes = (dimension + 7) >>> 3;
        for (int w = 0; w < rowWords.length; w++) {
            long word = 0;
            for (int b = 8 * w; b < Math.min(bytes, 8 * w + 8); b++) {
                word |= (ALL.get(ValueLayout.JAVA_BYTE, row + b) & 0xFFL) << (8 * (b & 7));
            }
            rowWords[w] = word;
        }
    }

    float key(long row) {
        return switch (elementType) {
            case FLOAT32, BIT -> plainKey(row);
            case FLOAT16 -> float16Key(row);
            case BFLOAT16 -> bfloat16Key(row);
        };
    }

    private float plainKey(long row) {
        return switch (metric) {
            case L2 -> Kernels.l2Squared(floats, row);
            case DOT -> Kernels.negatedDot(floats, row);
            case L1 -> Kernels.l1(floats, row);
            case COSINE -> Kernels.cosine(floats, squaredNorm, row);
            case HAMMING -> Kernels.hamming(words, row, dimension);
            case JACCARD -> Kernels.jaccard(words, row, dimension);
        };
    }

    private float float16Key(long row) {
        return switch (metric) {
            case L2 -> Float16Kernels.l2Squared(floats, row);
            case DOT -> Float16Kernels.negatedDot(floats, row);
            case L1 -> Float16Kernels.l1(floats, row);
            case COSINE -> Float16Kernels.cosine(floats, squaredNorm, row);
            case HAMMING, JACCARD -> throw Scorer.noBits(metric, elementType);
        };
    }

    private float bfloat16Key(long row) {
        return switch (metric) {
            case L2 -> BFloat16Kernels.l2Squared(floats, row);
            case DOT -> BFloat16Kernels.negatedDot(floats, row);
            case L1 -> BFloat16Kernels.l1(floats, row);
            case COSINE -> BFloat16Kernels.cosine(floats, squaredNorm, row);
            case HAMMING, JACCARD -> throw Scorer.noBits(metric, elementType);
        };
    }

    /** The elements compared with, not copied; empty for bits. */
    float[] floats() {
        return floats;
    }

    /** The bits compared with, not copied; empty for floats. Those beyond the dimension have no meaning. */
    long[] words() {
        return words;
    }
}
