package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.base.ClosedException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StorePartsTest {

    @Test
    void chunkShape_ofEveryDimension_isAPowerOfTwoWithinBoundsAndWastesLittle() {
        for (int dimension = 1; dimension <= 4096; dimension++) {
            for (ElementType type : ElementType.values()) {
                ChunkShape shape = ChunkShape.of(type.rowBytes(dimension));
                assertThat(Integer.bitCount(shape.rows())).isOne();
                assertThat(shape.bytes()).isBetween(2 * Bytes.MIB, 16 * Bytes.MIB);
                double used = (double) shape.bytes() / Bytes.roundUp(shape.bytes(), Region.HUGE_PAGE_BYTES);
                assertThat(used).as("dimension " + dimension + " " + type).isGreaterThan(0.8);
            }
        }
        assertThat(ChunkShape.of(512).rows()).isEqualTo(4096);
    }

    @Test
    void scratchPool_withoutBudgetForASecondBuffer_makesThreadsTakeTurns() throws Exception {
        MemoryBudget budget = new MemoryBudget(5 * Bytes.MIB);
        ScratchPool pool = new ScratchPool(budget);
        pool.reserve(3 * Bytes.MIB);
        Region first = pool.take();
        CompletableFuture<Region> second = CompletableFuture.supplyAsync(pool::take);
        assertThat(second).isNotDone();
        pool.giveBack(first);
        pool.giveBack(second.get(30, TimeUnit.SECONDS));
        assertThat(pool.existing()).isOne();
        pool.close();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void scratchPool_grownWhileABufferIsLent_lendsOnlyLargeOnesAfterwards() {
        MemoryBudget budget = new MemoryBudget(64 * Bytes.MIB);
        ScratchPool pool = new ScratchPool(budget);
        pool.reserve(2 * Bytes.MIB);
        Region small = pool.take();
        pool.reserve(4 * Bytes.MIB);
        pool.giveBack(small);
        Region a = pool.take();
        Region b = pool.take();
        assertThat(List.of(a.byteSize(), b.byteSize())).allMatch(size -> size >= 4 * Bytes.MIB);
        pool.giveBack(a);
        pool.giveBack(b);
        pool.close();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void gate_closed_refusesAndWaitsForThoseInside() throws Exception {
        OperationGate gate = new OperationGate("collection c");
        gate.enter();
        CompletableFuture<Boolean> closing = CompletableFuture.supplyAsync(gate::close);
        while (true) {
            try {
                gate.enter();
                gate.leave();
                Thread.onSpinWait();
            } catch (ClosedException e) {
                assertThat(e).hasMessage("collection c is closed");
                break;
            }
        }
        assertThat(closing).isNotDone();
        gate.leave();
        assertThat(closing.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(gate.close()).isFalse();
    }

    @Test
    void firstDuplicate_evenWithCollidingHashes_equalsASet() {
        Random random = new Random(8);
        IdHash hash = new IdHash(1);
        for (int round = 0; round < 2_000; round++) {
            List<PointId> ids = new ArrayList<>();
            Set<PointId> seen = new HashSet<>();
            int expected = -1;
            for (int i = random.nextInt(60); i > 0; i--) {
                PointId id = PointId.of(random.nextInt(500));
                if (!seen.add(id) && expected < 0) {
                    expected = ids.size();
                }
                ids.add(id);
            }
            long[] hashes = ids.stream()
                    .mapToLong(id -> hash.number(((PointId.Numeric) id).value()) & 0x3F)
                    .toArray();
            assertThat(BatchChecks.firstDuplicate(ids, hashes))
                    .as("round " + round)
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "COSINE|1,2|v dimension=2, allowed: 3",
                "COSINE|0,0,0|v=zero vector",
                "DOT|1,NaN,1|v[1]=NaN, allowed: finite numbers",
                "L2|1,1,-Infinity|v[2]=-Infinity, allowed: finite numbers",
                "HAMMING|1,2,3|v elementType=FLOAT32, allowed: BIT for metric hamming"
            })
    void check_ofAWrongVector_namesValueAndWhatIsAllowed(Metric metric, String components, String message) {
        CollectionSpec spec = new CollectionSpec("c", 3, metric);
        assertThatThrownBy(() -> BatchChecks.check(spec, "v", parsed(components)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FLOAT16|1,65520,1|v[1]=65520.0, allowed: magnitudes below 65520.0, what rounds to a finite f16",
                "FLOAT16|1,1,-Infinity|v[2]=-Infinity, allowed: finite numbers",
                "BFLOAT16|-3.4e38,1,1|v[0]=-3.4E38, allowed: magnitudes below 3.3961775E38, what rounds to a finite bf16",
                "FLOAT16|2.9e-8,-1e-8,0|v=zero vector once rounded to f16, allowed: vectors with a direction",
                "BFLOAT16|4e-41,0,0|v=zero vector once rounded to bf16, allowed: vectors with a direction"
            })
    void check_ofAVectorThatTheTypeCannotHold_namesValueAndWhatIsAllowed(
            ElementType type, String components, String message) {
        CollectionSpec spec = new CollectionSpec("c", 3, Metric.COSINE, type);
        VectorData vector = parsed(components);
        Point point = Point.of(PointId.of(1), vector);
        assertThatThrownBy(() -> BatchChecks.check(spec, "v", vector))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
        assertThatThrownBy(() -> BatchChecks.checkVectors(spec, List.of(point)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("points[0].vector" + message.substring(1));
    }

    @Test
    void checkQuery_isNotNarrowedByTheElementTypeOfTheRows() {
        CollectionSpec spec = new CollectionSpec("c", 3, Metric.COSINE, ElementType.FLOAT16);
        BatchChecks.checkQuery(spec, "q", VectorData.of(1e30f, 0, 0));
        BatchChecks.checkQuery(spec, "q", VectorData.of(1e-30f, 0, 0));
        assertThatThrownBy(() -> BatchChecks.checkQuery(spec, "q", VectorData.of(0, 0, 0)))
                .hasMessageStartingWith("q=zero vector, allowed");
        assertThatThrownBy(() -> BatchChecks.checkQuery(spec, "q", VectorData.of(0, Float.NaN, 0)))
                .hasMessageStartingWith("q[1]=NaN, allowed: finite numbers");
    }

    private static VectorData parsed(String components) {
        String[] parts = components.split(",", -1);
        float[] vector = new float[parts.length];
        for (int i = 0; i < parts.length; i++) {
            vector[i] = Float.parseFloat(parts[i]);
        }
        return VectorData.of(vector);
    }

    @Test
    void check_ofBitsInAFloatCollection_isRefused() {
        CollectionSpec spec = new CollectionSpec("c", 8, Metric.L2);
        assertThatThrownBy(() -> BatchChecks.check(spec, "v", VectorData.ofBits(8, (byte) 1)))
                .hasMessageContaining("elementType=BIT, allowed: FLOAT32");
        BatchChecks.check(new CollectionSpec("c", 3, Metric.DOT), "v", VectorData.of(0, 0, 0));
    }

    @Test
    void columns_beyondOneChunk_keepEveryElement() {
        MemoryBudget budget = MemoryBudget.unlimited();
        try (Column column = new Column(budget, "c", Long.BYTES)) {
            column.ensure(50_000);
            for (int i = 0; i < 50_000; i++) {
                column.setLong(i, i * 31L);
            }
            column.ensure(70_000);
            for (int i = 0; i < 70_000; i++) {
                assertThat(column.getLong(i)).isEqualTo(i < 50_000 ? i * 31L : 0);
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void textHeap_filledToWhatWasEnsured_keepsEveryText() {
        Random random = new Random(5);
        MemoryBudget budget = MemoryBudget.unlimited();
        try (TextHeap heap = new TextHeap(budget, "t")) {
            List<byte[]> texts = new ArrayList<>();
            List<Long> locations = new ArrayList<>();
            for (int batch = 0; batch < 50; batch++) {
                List<byte[]> more = new ArrayList<>();
                long bytes = 0;
                for (int n = random.nextInt(400); n >= 0; n--) {
                    byte[] text = new byte[1 + random.nextInt(random.nextBoolean() ? 512 : 10)];
                    random.nextBytes(text);
                    more.add(text);
                    bytes += text.length;
                }
                heap.ensure(more.size(), bytes);
                for (byte[] text : more) {
                    texts.add(text);
                    locations.add(heap.append(text, 0, text.length));
                }
            }
            for (int i = 0; i < texts.size(); i++) {
                byte[] text = texts.get(i);
                assertThat(heap.matches(locations.get(i), text, 0, text.length)).isTrue();
                text[text.length - 1]++;
                assertThat(heap.matches(locations.get(i), text, 0, text.length)).isFalse();
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }
}
