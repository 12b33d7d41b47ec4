package io.vexel.index;

import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The head of a checkpoint: magic number, format version, metric and dimension, then what the kind puts there, and a checksum over
 * all of it. Little-endian.
 */
final class CheckpointHead {

    private static final int LABEL_BYTES = 16;
    private static final int CAPACITY = 4096;

    private CheckpointHead() {}

    /** A buffer that holds the common part; the kind's own is to follow. */
    static ByteBuffer begin(int magic, int version, IndexContext context) {
        return ByteBuffer.allocate(CAPACITY)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(magic)
                .putInt(version)
                .put(label(context))
                .putInt(context.dimension());
    }

    /** The finished head. */
    static byte[] seal(ByteBuffer head) {
        byte[] body = new byte[head.position()];
        head.get(0, body);
        byte[] sealed = new byte[body.length + Integer.BYTES];
        ByteBuffer.wrap(sealed).order(ByteOrder.LITTLE_ENDIAN).put(body).putInt(Crc32c.of(MemorySegment.ofArray(body)));
        return sealed;
    }

    /**
     * The kind's own part of a head.
     *
     * @param bytes how many it must have
     * @throws CorruptionException when it is not such a head, or not one of this collection
     */
    static ByteBuffer open(byte[] head, int magic, int version, IndexContext context, int bytes) {
        int common = 2 * Integer.BYTES + LABEL_BYTES + Integer.BYTES;
        if (head.length != common + bytes + Integer.BYTES) {
            throw damaged("head bytes=" + head.length + ", expected " + (common + bytes + Integer.BYTES));
        }
        ByteBuffer buffer = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        int checksum = Crc32c.of(MemorySegment.ofArray(head).asSlice(0, head.length - Integer.BYTES));
        if (buffer.getInt(head.length - Integer.BYTES) != checksum) {
            throw damaged("the checksum of the head does not match");
        }
        byte[] expected = new byte[common];
        begin(magic, version, context).get(0, expected);
        if (!Arrays.equals(head, 0, common, expected, 0, common)) {
            throw damaged("the head is of another kind, version, metric or dimension");
        }
        return buffer.position(common);
    }

    private static byte[] label(IndexContext context) {
        return Arrays.copyOf(context.metric().label().getBytes(StandardCharsets.US_ASCII), LABEL_BYTES);
    }

    static CorruptionException damaged(String what) {
        return new CorruptionException(CorruptionException.NO_BLOCK, "damaged index: " + what);
    }
}
