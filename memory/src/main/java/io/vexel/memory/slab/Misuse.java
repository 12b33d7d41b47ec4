package io.vexel.memory.slab;

/**
 * A mistake in the use of an object.
 *
 * @param kind which mistake
 * @param cache name of the cache
 * @param handle of the object; for those found on a free object, the last that it had
 * @param allocatedAt place in the program that allocated it; empty when it is not known
 * @param freedAt place that freed it; empty when it is not known, or was not freed
 */
public record Misuse(Kind kind, String cache, long handle, String allocatedAt, String freedAt) {

    /** Kinds of mistakes. */
    public enum Kind {
        /** A handle was freed again. */
        DOUBLE_FREE,
        /** A freed handle was used. */
        USE_AFTER_FREE,
        /** A handle that the cache never gave, such as one of another cache. */
        FOREIGN_HANDLE,
        /** Bytes behind the object were written. */
        OVERRUN,
        /** Bytes before the object were written. */
        UNDERRUN,
        /** Bytes of the object were written after it was freed. */
        WRITE_AFTER_FREE
    }

    @Override
    public String toString() {
        return kind + " cache=" + cache + " slot=" + SlotTable.slotOf(handle)
                + " handle=" + Long.toHexString(handle)
                + (allocatedAt.isEmpty() ? "" : ", allocated at " + allocatedAt)
                + (freedAt.isEmpty() ? "" : ", freed at " + freedAt);
    }
}
