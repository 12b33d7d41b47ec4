package io.vexel.bench.paging;

import io.vexel.base.Crc32c;
import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A trace as a file, little-endian:
 *
 * <pre>
 * 0   8  magic "VXTRACE1"
 * 8   4  number of accesses
 * 12  .. for each access: twice its page, plus one in a scan; less that of the access before, zigzag, in groups of seven bits,
 *        least first, each but the last with its eighth bit set
 * end 4  CRC-32C of all before
 * </pre>
 */
final class TraceFile {

    private static final byte[] MAGIC = "VXTRACE1".getBytes(StandardCharsets.US_ASCII);
    private static final int HEAD_BYTES = MAGIC.length + Integer.BYTES;
    private static final int MOST_GROUPS = 5;

    private TraceFile() {}

    static byte[] encode(PageTrace trace) {
        ByteBuffer buffer = ByteBuffer.allocate(HEAD_BYTES + Math.multiplyExact(trace.length(), MOST_GROUPS) + 4)
                .order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(MAGIC).putInt(trace.length());
        long before = 0;
        for (int i = 0; i < trace.length(); i++) {
            long access = 2L * trace.page(i) + (trace.isScan(i) ? 1 : 0);
            long difference = access - before;
            long left = difference << 1 ^ difference >> 63;
            while (left > 0x7F) {
                buffer.put((byte) (left | 0x80));
                left >>>= 7;
            }
            buffer.put((byte) left);
            before = access;
        }
        buffer.putInt(checksum(buffer.array(), buffer.position()));
        return java.util.Arrays.copyOf(buffer.array(), buffer.position());
    }

    /**
     * The trace in the bytes of a file.
     *
     * @throws ProtocolException when they are no such file, or damaged
     */
    static PageTrace decode(String name, byte[] bytes) {
        if (bytes.length < HEAD_BYTES + 4
                || !java.util.Arrays.equals(MAGIC, java.util.Arrays.copyOf(bytes, MAGIC.length))) {
            throw new ProtocolException(name + ": expected a trace that begins with VXTRACE1");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int end = bytes.length - 4;
        if (buffer.getInt(end) != checksum(bytes, end)) {
            throw new ProtocolException(name + ": the checksum of the trace does not match");
        }
        buffer.position(MAGIC.length).limit(end);
        int count = buffer.getInt();
        PageTrace.Recorder recorder = new PageTrace.Recorder();
        try {
            long access = 0;
            for (int i = 0; i < count; i++) {
                access += difference(buffer);
                if (access < 0 || access >>> 1 >= PageTrace.MOST_PAGES) {
                    throw new ProtocolException(name + ": page=" + (access >> 1) + " of access " + i + ", allowed: 0.."
                            + (PageTrace.MOST_PAGES - 1));
                }
                if ((access & 1) != 0) {
                    recorder.scan(access >>> 1);
                } else {
                    recorder.demand(access >>> 1);
                }
            }
        } catch (BufferUnderflowException e) {
            throw new ProtocolException(name + ": expected " + count + " accesses, the trace ends early");
        }
        if (count < 0 || buffer.hasRemaining()) {
            throw new ProtocolException(name + ": expected " + count + " accesses, the trace goes on");
        }
        return recorder.trace(name);
    }

    private static int checksum(byte[] bytes, int length) {
        return Crc32c.of(MemorySegment.ofArray(bytes).asSlice(0, length));
    }

    private static long difference(ByteBuffer buffer) {
        long zigzag = 0;
        for (int group = 0; group < MOST_GROUPS; group++) {
            byte next = buffer.get();
            zigzag |= (next & 0x7FL) << (7 * group);
            if (next >= 0) {
                break;
            }
        }
        return zigzag >>> 1 ^ -(zigzag & 1);
    }

    static void write(Path file, PageTrace trace) {
        try {
            Files.write(file, encode(trace));
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    /**
     * Reads a file.
     *
     * @throws NotFoundException when there is none
     * @throws ProtocolException when it is no trace, or damaged
     */
    static PageTrace read(Path file) {
        try {
            return decode(file.toString(), Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new NotFoundException("there is no trace " + file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
