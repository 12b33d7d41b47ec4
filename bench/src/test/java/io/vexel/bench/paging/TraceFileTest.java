package io.vexel.bench.paging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Crc32c;
import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFileTest {

    private static final long SEED = 20_260_802;

    @TempDir
    Path directory;

    private static PageTrace sample(SplittableRandom random, int length) {
        PageTrace.Recorder recorder = new PageTrace.Recorder();
        for (int i = 0; i < length; i++) {
            int page = random.nextInt(random.nextBoolean() ? 100 : PageTrace.MOST_PAGES);
            if (random.nextInt(4) == 0) {
                recorder.scan(page);
            } else {
                recorder.demand(page);
            }
        }
        return recorder.trace("sample");
    }

    @Test
    void file_writtenTraces_areReadBack() {
        for (int round = 0; round < 50; round++) {
            SplittableRandom random = new SplittableRandom(SEED + round);
            PageTrace trace = sample(random, random.nextInt(200));
            Path file = directory.resolve("t");
            TraceFile.write(file, trace);
            PageTrace read = TraceFile.read(file);
            assertThat(read.length()).isEqualTo(trace.length());
            for (int i = 0; i < trace.length(); i++) {
                assertThat(read.page(i)).isEqualTo(trace.page(i));
                assertThat(read.isScan(i)).isEqualTo(trace.isScan(i));
            }
        }
    }

    @Test
    void file_damaged_isRefused() {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] whole = TraceFile.encode(sample(random, 50));
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged = random.nextBoolean() ? whole.clone() : Arrays.copyOf(whole, random.nextInt(whole.length));
            if (damaged.length == whole.length) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            assertThatThrownBy(() -> TraceFile.decode("t", damaged)).isInstanceOf(ProtocolException.class);
        }
    }

    /** What the checksum lets pass has to be found by the decoder. */
    @Test
    void file_damagedWithARightChecksum_isReadOrRefused() {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] whole = TraceFile.encode(sample(random, 50));
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged =
                    Arrays.copyOf(whole, random.nextInt(2) == 0 ? whole.length : random.nextInt(16, whole.length));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                damaged[random.nextInt(damaged.length - 4)] ^= (byte) (1 << random.nextInt(8));
            }
            int end = damaged.length - 4;
            ByteBuffer.wrap(damaged)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(end, Crc32c.of(MemorySegment.ofArray(damaged).asSlice(0, end)));
            try {
                TraceFile.decode("t", damaged);
            } catch (ProtocolException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(10_000);
    }

    @Test
    void file_missing_isNotFound() {
        assertThatThrownBy(() -> TraceFile.read(directory.resolve("none")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("there is no trace");
    }
}
