package io.vexel.cli.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.ProtocolException;
import io.vexel.testkit.AllocationMeter;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Damaged and hostile files: a reader either gives rows or says what is wrong, and never takes more memory than a row needs. */
class ReaderFuzzTest {

    private static final long SEED = 20_261_120;
    private static final int INPUTS = Boolean.getBoolean("vexel.deep") ? 100_000 : 1_000;
    private static final long MOST_ALLOCATED_BYTES = 32L << 20;

    private static final String NPY_HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 3), }";

    @ParameterizedTest
    @EnumSource(FileFormat.class)
    void reader_mutatedInputs_failOnlyAsProtocolErrors(FileFormat format) {
        AtomicLong refused = new AtomicLong();
        for (int i = 0; i < INPUTS; i++) {
            long seed = SEED + i;
            byte[] input = mutate(wellFormed(format), new SplittableRandom(seed));
            long allocated = AllocationMeter.leastBytes(1, () -> refused.addAndGet(readDamaged(format, input, seed)));
            assertThat(allocated)
                    .as("bytes allocated, format=%s seed=%d", format, seed)
                    .isLessThan(MOST_ALLOCATED_BYTES);
        }
        // Mutations that no reader notices would test nothing; ones that all of them refuse neither.
        assertThat(refused.get()).as("refused, format=%s seed=%d", format, SEED).isBetween(INPUTS / 10L, INPUTS - 1L);
    }

    /** 1 when the input was refused, 0 when it was read to its end. */
    private static int readDamaged(FileFormat format, byte[] input, long seed) {
        try {
            readAll(format, new ByteArrayInputStream(input));
            return 0;
        } catch (ProtocolException e) {
            assertThat(e.getMessage())
                    .as("seed=%d", seed)
                    .startsWith("fuzz: ")
                    .contains("expected")
                    .doesNotContain("\n");
            return 1;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("format=" + format + " seed=" + seed, e);
        }
    }

    @ParameterizedTest
    @EnumSource(FileFormat.class)
    void reader_endlessInput_stopsWithinItsLimits(FileFormat format) {
        for (int filler : new int[] {0, ' ' + 1, '"', '1', '{', 0xFF}) {
            long allocated = AllocationMeter.leastBytes(1, () -> {
                try {
                    readAll(format, new Endless(wellFormed(format), filler, 6L << 20));
                } catch (ProtocolException e) {
                    assertThat(e.getMessage()).contains("expected");
                }
            });
            assertThat(allocated).as("bytes allocated, filler=%d", filler).isLessThan(3 * MOST_ALLOCATED_BYTES);
        }
    }

    @Test
    void wellFormedInputs_areReadWhole() {
        for (FileFormat format : FileFormat.values()) {
            assertThat(readAll(format, new ByteArrayInputStream(wellFormed(format))))
                    .as(format.name())
                    .isEqualTo(6);
        }
    }

    private static long readAll(FileFormat format, InputStream stream) {
        long rows = 0;
        try (RowReader reader = format.reader(Input.of("fuzz", Channels.newChannel(stream)), CsvShape.AUTOMATIC)) {
            for (Optional<Row> row = reader.next(); row.isPresent(); row = reader.next()) {
                assertThat(row.get().components().length).isBetween(1, RowReader.MAX_DIMENSION);
                rows++;
            }
        }
        return rows;
    }

    private static byte[] wellFormed(FileFormat format) {
        ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        if (format == FileFormat.NPY) {
            bytes.put((byte) 0x93)
                    .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                    .putShort((short) 1);
            bytes.putShort((short) NPY_HEADER.length()).put(NPY_HEADER.getBytes(StandardCharsets.US_ASCII));
        } else if (format == FileFormat.CSV) {
            bytes.put("id,v0,v1,v2,payload\n".getBytes(StandardCharsets.US_ASCII));
        }
        for (int row = 0; row < 6; row++) {
            switch (format) {
                case FVECS -> bytes.putInt(3).putFloat(row).putFloat(0.5f).putFloat(-1);
                case BVECS -> bytes.putInt(3).put((byte) row).put((byte) 2).put((byte) 3);
                case IVECS -> bytes.putInt(3).putInt(row).putInt(2).putInt(3);
                case NPY -> bytes.putFloat(row).putFloat(0.5f).putFloat(-1);
                case CSV ->
                    bytes.put(
                            ("\"a" + row + "\",1,2.5e1,-3,\"{\"\"k\"\":1}\"\r\n").getBytes(StandardCharsets.US_ASCII));
                case JSONL ->
                    bytes.put(("{\"id\":" + row + ",\"vector\":[1,2.5,-3e0],\"payload\":{\"k\":[\"\\u00e4\"]}}\n")
                            .getBytes(StandardCharsets.US_ASCII));
            }
        }
        byte[] result = new byte[bytes.position()];
        bytes.flip().get(result);
        return result;
    }

    private static byte[] mutate(byte[] bytes, SplittableRandom random) {
        byte[] result = bytes.clone();
        for (int edits = random.nextInt(1, 5); edits > 0; edits--) {
            int at = random.nextInt(result.length);
            switch (random.nextInt(5)) {
                case 0 -> result[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> result[at] = (byte) random.nextInt(256);
                case 2 -> result[at] = (byte) "\"{}[],:0-e\n\r. \\'()".charAt(random.nextInt(18));
                case 3 -> result = java.util.Arrays.copyOf(result, at + 1);
                default -> {
                    byte[] longer = java.util.Arrays.copyOf(result, result.length + random.nextInt(1, 9));
                    System.arraycopy(result, at, longer, longer.length - (result.length - at), result.length - at);
                    result = longer;
                }
            }
        }
        return result;
    }

    /** A beginning, and then the same byte for long. */
    private static final class Endless extends InputStream {

        private final byte[] start;
        private final int filler;
        private long left;
        private int at;

        Endless(byte[] start, int filler, long bytes) {
            this.start = start;
            this.filler = filler;
            this.left = bytes;
        }

        @Override
        public int read() {
            if (at < start.length) {
                return start[at++] & 0xFF;
            }
            return left-- > 0 ? filler : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            int count = 0;
            for (int next; count < length && (next = read()) >= 0; count++) {
                target[offset + count] = (byte) next;
            }
            return count == 0 && length > 0 ? -1 : count;
        }
    }
}
