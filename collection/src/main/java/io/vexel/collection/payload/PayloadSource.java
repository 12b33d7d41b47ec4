package io.vexel.collection.payload;

/** Where payloads come from. Used by one thread. */
@FunctionalInterface
public interface PayloadSource {

    /** Takes a payload's JSON in UTF-8, which is valid only during the call. */
    @FunctionalInterface
    interface Sink {
        void accept(byte[] json, int offset, int length);
    }

    /** Hands the payload of the row to the sink; does nothing when the row is dead or has none. */
    void read(int row, Sink sink);
}
