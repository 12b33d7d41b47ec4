package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import io.vexel.collection.PointId;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdLogRewriterTest {

    /** An id log and what follows from it. */
    private static final class Log implements AutoCloseable {

        final IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 7);
        final ByteSink bytes = new ByteSink(64);
        long payloadBytes;

        /** A batch of puts and deletions, at random. */
        void write(Random random, int count) {
            index.ensure(count, count, 20L * count);
            int start = bytes.size();
            IdFrameWriter writer = new IdFrameWriter(bytes, 0, index.rowCount());
            List<Integer> numbers = new ArrayList<>();
            long more = 0;
            for (int i = 0; i < count; i++) {
                int number = random.nextInt(400);
                if (numbers.contains(number)) {
                    continue;
                }
                numbers.add(number);
                PointId id = number % 3 == 0 ? PointId.of("id-" + number) : PointId.of(number * 0x1234_5678_9ABCL);
                int row = index.find(id);
                if (row != RowTable.NONE && index.rows().isAlive(row) && random.nextInt(3) == 0) {
                    writer.delete(id);
                } else {
                    int payload = random.nextBoolean() ? 0 : 2 + random.nextInt(1 << random.nextInt(20));
                    writer.put(id, payload);
                    more += payload;
                }
            }
            writer.finish();
            read(start, index.rowCount());
            payloadBytes += more;
        }

        private void read(int start, long firstOrdinal) {
            IdFrameReader reader = new IdFrameReader(index, firstOrdinal, payloadBytes);
            for (int at = start; at < bytes.size(); ) {
                at += reader.read(bytes.array(), at, bytes.size() - at, at);
            }
        }

        /** Puts the rows of whole blocks again and forgets them. */
        void compact(Random random) {
            int start = bytes.size();
            int first = index.rowCount();
            IdFrameWriter writer = new IdFrameWriter(bytes, 0, first);
            index.ensure(first, 0, 0);
            for (int row = 0; row < first / RowTable.BLOCK_ROWS * RowTable.BLOCK_ROWS; row++) {
                if (index.rows().isAlive(row)) {
                    writer.put(index.rows().id(row), 0);
                }
            }
            writer.finish();
            read(start, first);
            write(random, 10);
            start = bytes.size();
            writer = new IdFrameWriter(bytes, 0, index.rowCount());
            writer.floor(index.version());
            writer.finish();
            read(start, index.rowCount());
            index.forgetBehindFloor();
        }

        Snapshot state() {
            return new Snapshot(1, index.rowCount(), index.version(), index.liveCount(), bytes.size());
        }

        @Override
        public void close() {
            index.close();
        }
    }

    private static IdIndex load(ByteSink frames, long payloadBytes) {
        IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 8);
        LoadingVisitor visitor = new LoadingVisitor(index);
        IdFrameReader reader = new IdFrameReader(visitor, 0, 0);
        for (int at = 0; at < frames.size(); ) {
            at += reader.read(frames.array(), at, frames.size() - at, at);
        }
        visitor.drain();
        assertThat(reader.payloadOffset()).isEqualTo(payloadBytes);
        assertThat(reader.nextOrdinal()).isEqualTo(index.rowCount());
        return index;
    }

    @Test
    void log_writtenAnewTwiceAndReadAgain_givesTheSameRows() {
        for (long seed = 1; seed <= 6; seed++) {
            Random random = new Random(seed);
            try (Log log = new Log()) {
                for (int batch = 0; batch < 40; batch++) {
                    log.write(random, 1 + random.nextInt(100));
                }
                if (seed % 2 == 0) {
                    log.compact(random);
                    assertThat(log.index.rows().isForgotten(0))
                            .as("its first block")
                            .isTrue();
                }
                Snapshot state = log.state();
                for (int batch = (int) seed % 3; batch > 0; batch--) {
                    log.write(random, 20);
                }
                ByteSink anew = rewritten(log.index.rows(), state, log.bytes);
                assertThat(anew.size()).isLessThan(log.bytes.size() / 2);
                try (IdIndex loaded = load(anew, log.payloadBytes)) {
                    assertSame(loaded, log.index, state.version(), "seed " + seed);
                    // Once more, from what was read: gaps stay gaps.
                    Snapshot later =
                            new Snapshot(2, loaded.rowCount(), loaded.version(), loaded.liveCount(), anew.size());
                    try (IdIndex again = load(rewritten(loaded.rows(), later, anew), log.payloadBytes)) {
                        assertSame(again, log.index, later.version(), "seed " + seed + ", again");
                    }
                }
            }
        }
    }

    private static ByteSink rewritten(RowTable rows, Snapshot state, ByteSink old) {
        IdLogRewriter rewriter = new IdLogRewriter(rows);
        assertThat(rewriter.writeState(state)).isTrue();
        rewriter.append(Arrays.copyOfRange(old.array(), (int) state.idBytes(), old.size()), state.idBytes(), state);
        return rewriter.frames();
    }

    private static void assertSame(IdIndex found, IdIndex expected, int floor, String what) {
        assertThat(found.rowCount()).as(what).isEqualTo(expected.rowCount());
        assertThat(found.liveCount()).as(what).isEqualTo(expected.liveCount());
        assertThat(found.version()).as(what).isEqualTo(expected.version());
        assertThat(found.livePayloadBytes()).as(what).isEqualTo(expected.livePayloadBytes());
        assertThat(found.floor()).as(what).isEqualTo(floor);
        for (int row = 0; row < expected.rowCount(); row++) {
            RowTable mine = found.rows();
            RowTable theirs = expected.rows();
            for (int version = floor; version <= expected.version(); version++) {
                assertThat(mine.isVisible(row, version))
                        .as("%s, row %d at %d", what, row, version)
                        .isEqualTo(theirs.isVisible(row, version));
            }
            if (theirs.isVisible(row, floor)) {
                assertThat(mine.id(row)).isEqualTo(theirs.id(row));
                assertThat(mine.payloadLength(row)).isEqualTo(theirs.payloadLength(row));
                assertThat(mine.payloadOffset(row)).isEqualTo(theirs.payloadOffset(row));
            }
            if (theirs.isAlive(row)) {
                assertThat(found.find(theirs.id(row))).isEqualTo(row);
            }
        }
    }

    @Test
    void stateAndGap_whereTheyCannotBe_areRefused() {
        try (IdIndex index = new IdIndex(MemoryBudget.unlimited(), "ids", 0)) {
            index.ensure(10, 0, 0);
            assertThatThrownBy(() -> index.gap(3, 0)).isInstanceOf(CorruptionException.class);
            assertThatThrownBy(() -> index.state(-1)).isInstanceOf(CorruptionException.class);
            index.state(5);
            assertThatThrownBy(() -> index.state(5)).isInstanceOf(CorruptionException.class);
            index.gap(3, 100);
            assertThat(index.rowCount()).isEqualTo(3);
            assertThat(index.liveCount()).isZero();
            assertThat(index.rows().isVisible(1, 5)).isFalse();
            assertThat(index.rows().payloadEnd(2)).isEqualTo(100);
        }
        ByteSink sink = new ByteSink(16);
        IdFrameWriter writer = new IdFrameWriter(sink, 0, 0);
        writer.state(300);
        writer.gap(5, 70_000);
        writer.finish();
        assertThat(Arrays.copyOfRange(sink.array(), 8, sink.size()))
                .containsExactly(0x11, 0xAC, 0x02, 0x12, 5, 0xF0, 0xA2, 0x04);
        IdIndex unused = new IdIndex(MemoryBudget.unlimited(), "ids", 0);
        for (long[] wrong : new long[][] {{0, 0}, {1L << 31, 0}, {1, 1L << 45}, {1, -1}}) {
            ByteSink bad = new ByteSink(16);
            IdFrameWriter frame = new IdFrameWriter(bad, 0, 0);
            frame.gap((int) wrong[0], wrong[1]);
            frame.finish();
            IdFrameReader reader = new IdFrameReader(new LoadingVisitor(unused), 0, 0);
            assertThatThrownBy(() -> reader.read(bad.array(), 0, bad.size(), 0))
                    .isInstanceOf(CorruptionException.class);
        }
        unused.close();
    }
}
