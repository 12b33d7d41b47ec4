package io.vexel.paging.compression;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** Blocks of many kinds for tests. */
final class Blocks {

    /** What is in a block. */
    enum Kind {
        ZEROS,
        ONE_BYTE,
        NOISE,
        FEW_VALUES,
        TEXT,
        RUNS,
        GAUSSIAN_FLOATS,
        SMALL_FLOATS,
        ASCENDING,
        REPEATED_NOISE
    }

    private Blocks() {}

    static byte[] block(Kind kind, int bytes, SplittableRandom random) {
        byte[] block = new byte[bytes];
        ByteBuffer buffer = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        switch (kind) {
            case ZEROS -> {}
            case ONE_BYTE -> java.util.Arrays.fill(block, (byte) 0x5A);
            case NOISE -> random.nextBytes(block);
            case FEW_VALUES -> {
                for (int i = 0; i < bytes; i++) {
                    block[i] = (byte) random.nextInt(3);
                }
            }
            case TEXT -> {
                String[] words = {"vector ", "of ", "pages ", "and ", "frames, ", "a ", "search "};
                int at = 0;
                while (at < bytes) {
                    for (byte each : words[random.nextInt(words.length)].getBytes()) {
                        if (at < bytes) {
                            block[at++] = each;
                        }
                    }
                }
            }
            case RUNS -> {
                int at = 0;
                while (at < bytes) {
                    int end = Math.min(bytes, at + 1 + random.nextInt(600));
                    java.util.Arrays.fill(block, at, end, (byte) random.nextInt());
                    at = end;
                }
            }
            case GAUSSIAN_FLOATS -> {
                while (buffer.remaining() >= 4) {
                    buffer.putFloat((float) random.nextGaussian() * 0.1f);
                }
            }
            case SMALL_FLOATS -> {
                while (buffer.remaining() >= 4) {
                    buffer.putFloat(random.nextInt(4) == 0 ? random.nextInt(120) : 0);
                }
            }
            case ASCENDING -> {
                int value = 0;
                while (buffer.remaining() >= 4) {
                    value += random.nextInt(200);
                    buffer.putInt(value);
                }
            }
            case REPEATED_NOISE -> {
                byte[] piece = new byte[1 + random.nextInt(300)];
                random.nextBytes(piece);
                for (int i = 0; i < bytes; i++) {
                    block[i] = piece[i % piece.length];
                }
            }
        }
        return block;
    }

    static void put(MemorySegment memory, byte[] bytes) {
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    static byte[] get(MemorySegment memory, int bytes) {
        return memory.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
    }
}
