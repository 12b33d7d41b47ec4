package io.vexel.collection.payload;

import org.roaringbitmap.RoaringBitmap;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** What a segment knows about one indexed field. Immutable. */
sealed interface FieldPart permits KeywordPart, RangePart, TextPart {

    /** Estimated bytes of heap. */
    long bytes();

    /**
     * This part and the one of the rows right behind, in one.
     *
     * @param next of the same kind
     * @param dead rows to leave out
     */
    FieldPart join(FieldPart next, RoaringBitmap dead);

    /** Collects a part, row by row in ascending order. */
    interface Builder {

        /** The row has the field. */
        void present(int row);

        /** The row has this scalar in the field; called after {@link #present}. */
        void scalar(int row, JsonParser parser, JsonToken token);

        /** The part of the rows {@code first..end - 1}. */
        FieldPart build(int first, int end);
    }
}
