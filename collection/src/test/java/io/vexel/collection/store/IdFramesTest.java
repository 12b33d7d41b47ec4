package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import io.vexel.collection.PointId;
import io.vexel.memory.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdFramesTest {

    private record Operation(boolean delete, PointId id, long payloadOffset, int payloadBytes) {}

    private static final class Recorder implements IdFrameReader.Visitor {
        final List<Operation> operations = new ArrayList<>();
        final List<Long> floors = new ArrayList<>();
        int batches;

        @Override
        public void floor(long version) {
            floors.add(version);
        }

        @Override
        public void state(long version) {
            floors.add(-version);
        }

        @Override
        public void gap(int rows, long payloadEnd) {
            operations.add(new Operation(true, PointId.of("gap"), payloadEnd, rows));
        }

        @Override
        public void putNumber(long value, long payloadOffset, int payloadBytes) {
            operations.add(new Operation(false, PointId.of(value), payloadOffset, payloadBytes));
        }

        @Override
        public void putText(byte[] source, int offset, int length, long payloadOffset, int payloadBytes) {
            operations.add(new Operation(false, text(source, offset, length), payloadOffset, payloadBytes));
        }

        @Override
        public void deleteNumber(long value) {
            operations.add(new Operation(true, PointId.of(value), 0, 0));
        }

        @Override
        public void deleteText(byte[] source, int offset, int length) {
            operations.add(new Operation(true, text(source, offset, length), 0, 0));
        }

        private static PointId text(byte[] source, int offset, int length) {
            return PointId.of(new String(source, offset, length, StandardCharsets.UTF_8));
        }

        @Override
        public void endOfBatch() {
            batches++;
        }
    }

    @Test
    void denseNumbers_costOneByteEach() {
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 0, 0);
        for (int i = 0; i < 100_000; i++) {
            writer.put(PointId.of(i), 0);
        }
        writer.finish();
        assertThat(sink.size()).isEqualTo(100_000 + IdFrames.HEADER_BYTES);
    }

    @Test
    void floor_ofAVersion_isOneByteAndAVarint() {
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 64, 3);
        writer.floor(300);
        writer.finish();
        assertThat(Arrays.copyOfRange(sink.array(), 4, sink.size())).containsExactly(3, 0, 0, 0, 0x10, 0xAC, 0x02);
        Recorder recorder = new Recorder();
        assertThat(new IdFrameReader(recorder, 3, 0).read(sink.array(), 0, sink.size(), 64))
                .isEqualTo(sink.size());
        assertThat(recorder.floors).containsExactly(300L);
        assertThat(recorder.operations).isEmpty();
        assertThat(recorder.batches).isOne();
    }

    @Test
    void frame_ofEachForm_hasTheBitsOfTheFormat() {
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 0x1122, 5);
        writer.put(PointId.of(0), 0);
        writer.put(PointId.of(3), 300);
        writer.put(PointId.of(1), 0);
        writer.put(PointId.of("ab"), 2);
        writer.delete(PointId.of(2));
        writer.delete(PointId.of(0x8877665544332211L));
        writer.finish();
        assertThat(HexFormat.of().formatHex(sink.array(), 4, sink.size()))
                .isEqualTo(
                        "16000000" // bytes of the operations, no further frame
                                + "00" // next number: 0
                                + "0a" + "04" + "ac02" // 3 = 0 + 1 + 2, zigzag 4; payload of 300 bytes
                                + "02" + "05" // 1 = 3 + 1 - 3, zigzag 5
                                + "0e" + "02" + "6162" + "02" // text, payload of 2 bytes
                                + "01" // delete the next number: 2
                                + "05" + "1122334455667788"); // delete, raw
    }

    @Test
    void batches_ofRandomOperations_areReadAsWritten() {
        long seed = 99;
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<Operation> expected = new ArrayList<>();
            ByteSink sink = new ByteSink(1);
            long payloadOffset = 1000;
            long ordinal = random.nextInt(100);
            IdFrameReader[] readers = new IdFrameReader[1];
            Recorder recorder = new Recorder();
            readers[0] = new IdFrameReader(recorder, ordinal, payloadOffset);
            for (int batch = 0; batch < 3; batch++) {
                IdFrameWriter writer = new IdFrameWriter(sink, 0, ordinal);
                for (int n = 1 + random.nextInt(50); n > 0; n--) {
                    PointId id = randomId(random);
                    if (random.nextInt(4) == 0) {
                        writer.delete(id);
                        expected.add(new Operation(true, id, 0, 0));
                    } else {
                        int payload = random.nextBoolean() ? 0 : 2 + random.nextInt(1 << random.nextInt(20));
                        writer.put(id, payload);
                        expected.add(new Operation(false, id, payloadOffset, payload));
                        payloadOffset += payload;
                        ordinal++;
                    }
                }
                writer.finish();
            }
            int at = 0;
            while (at < sink.size()) {
                int length = readers[0].read(sink.array(), at, sink.size() - at, at);
                assertThat(length).as("seed " + seed + " round " + round).isPositive();
                at += length;
            }
            assertThat(recorder.operations)
                    .as("seed " + seed + " round " + round)
                    .isEqualTo(expected);
            assertThat(recorder.batches).isEqualTo(3);
            assertThat(readers[0].nextOrdinal()).isEqualTo(ordinal);
            assertThat(readers[0].payloadOffset()).isEqualTo(payloadOffset);
        }
    }

    private static PointId randomId(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> PointId.of(random.nextLong());
            case 1 -> PointId.of(random.nextInt(100));
            case 2 -> PointId.of(Long.MIN_VALUE + random.nextInt(3) - 1);
            default -> PointId.of("t".repeat(1 + random.nextInt(512)));
        };
    }

    @Test
    void batch_largerThanAFrame_isOneBatchOfSeveralFrames() {
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 0, 0);
        int count = 6_000;
        for (int i = 0; i < count; i++) {
            writer.put(PointId.of("%0512d".formatted(i)), 0);
        }
        writer.finish();
        Recorder recorder = new Recorder();
        IdFrameReader reader = new IdFrameReader(recorder, 0, 0);
        int frames = 0;
        for (int at = 0; at < sink.size(); frames++) {
            assertThat(reader.insideBatch()).isEqualTo(frames > 0);
            at += reader.read(sink.array(), at, sink.size() - at, at);
        }
        assertThat(frames).isEqualTo(3);
        assertThat(recorder.batches).isEqualTo(1);
        assertThat(recorder.operations).hasSize(count);
        assertThat(recorder.operations.getLast().id()).isEqualTo(PointId.of("%0512d".formatted(count - 1)));
    }

    @Test
    void frame_withAnyBitFlipped_isRefused() {
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 64, 3);
        writer.put(PointId.of("abc"), 7);
        writer.put(PointId.of(5), 0);
        writer.delete(PointId.of(6));
        writer.finish();
        byte[] good = Arrays.copyOf(sink.array(), sink.size());
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            IdFrameReader reader = new IdFrameReader(new Recorder(), 3, 0);
            int flipped = bit;
            try {
                int length = reader.read(bad, 0, bad.length, 64);
                assertThat(length)
                        .as("bit " + flipped + " may only make the frame longer than the file")
                        .isZero();
            } catch (CorruptionException e) {
                assertThat(e).hasMessageContaining("byte 64");
            }
        }
    }

    @Test
    void frame_atAnotherPlaceOrOrdinal_isRefused() {
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 64, 3);
        writer.put(PointId.of(5), 0);
        writer.finish();
        assertThatThrownBy(() -> new IdFrameReader(new Recorder(), 3, 0).read(sink.array(), 0, sink.size(), 65))
                .isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> new IdFrameReader(new Recorder(), 4, 0).read(sink.array(), 0, sink.size(), 64))
                .isInstanceOf(CorruptionException.class);
        assertThat(new IdFrameReader(new Recorder(), 3, 0).read(sink.array(), 0, sink.size(), 64))
                .isEqualTo(sink.size());
    }

    @Test
    void frame_cutShort_asksForMore() {
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 0, 0);
        writer.put(PointId.of("abc"), 7);
        writer.finish();
        for (int available = 0; available < sink.size(); available++) {
            assertThat(new IdFrameReader(new Recorder(), 0, 0).read(sink.array(), 0, available, 0))
                    .isZero();
        }
    }

    /** Frames whose checksum is right and whose operations are not: read into an index, or refused as damaged. */
    @Test
    void frame_randomMeaningUnderARightChecksum_isReadOrRefused() {
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 0, 0);
        for (int i = 0; i < 12; i++) {
            writer.put(i % 3 == 0 ? PointId.of("text-\u00e9-" + i) : PointId.of(i * i), i % 2 * 300);
        }
        writer.finish();
        byte[] good = Arrays.copyOf(sink.array(), sink.size());
        int refused = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = good.clone();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                bytes[IdFrames.HEADER_BYTES + random.nextInt(bytes.length - IdFrames.HEADER_BYTES)] =
                        (byte) random.nextInt(random.nextBoolean() ? 16 : 256);
            }
            ByteSink.INT.set(bytes, 0, IdFrames.checksum(0, 0, bytes, 0, bytes.length));
            try (IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 3)) {
                LoadingVisitor visitor = new LoadingVisitor(index);
                new IdFrameReader(visitor, 0, 0).read(bytes, 0, bytes.length, 0);
                visitor.drain();
                for (int row = 0; row < index.rowCount(); row++) {
                    assertThat(index.rows().id(row).toString()).isNotNull();
                }
            } catch (CorruptionException e) {
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
        assertThat(refused).isBetween(2_000, 19_999);
    }
}
