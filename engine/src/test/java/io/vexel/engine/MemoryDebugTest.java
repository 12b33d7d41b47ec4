package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.memory.slab.SlabFlag;
import io.vexel.memory.slab.SlabStatistics;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A volume whose vectors do not fit, with all that can be looked for in their cache. */
class MemoryDebugTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 512, Metric.L2);
    private static final int POINTS = 12_000;
    private static final long BUDGET = 20 * Bytes.MIB;

    private final List<Object> found = new ArrayList<>();

    private VolumeOptions options(Set<SlabFlag> flags) {
        VolumeOptions.Builder builder =
                VolumeOptions.builder().budgetBytes(BUDGET).indexThreads(0).withoutPressure();
        return flags.isEmpty()
                ? builder.build()
                : builder.memoryDebug(new MemoryDebug(flags, found::add, found::add))
                        .build();
    }

    /** Reads points at random, and gives what the cache says of its objects. */
    private static SlabStatistics readSome(Volume volume) {
        Collection c = volume.collection("c");
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 30_000; i++) {
            int id = random.nextInt(random.nextBoolean() ? POINTS : POINTS / 16);
            assertThat(c.get(PointId.of(id)).map(Point::vector)).isEqualTo(Optional.of(vector(id)));
        }
        assertThat(volume.memory().vectorCache().hits()).isPositive();
        assertThat(volume.memory().vectorCache().evictions()).isPositive();
        return volume.memory().vectorCache().objects().getFirst();
    }

    private static VectorData vector(int id) {
        return Disks.clustered(SPEC.dimension(), id);
    }

    @Test
    void vectors_readWithEveryFlag_areRight_andNothingIsFoundOrLeft() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(128L << 20, 4096, 5), 5).withoutLog();
        try (Volume volume = Volume.open(device, options(Set.of()))) {
            Collection c = volume.createCollection(SPEC);
            for (int from = 0; from < POINTS; from += 1_000) {
                c.upsertAll(IntStream.range(from, from + 1_000)
                        .mapToObj(id -> Point.of(PointId.of(id), vector(id)))
                        .toList());
            }
        }
        SlabStatistics plain;
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 6).withoutLog(), options(Set.of()))) {
            plain = readSome(volume);
        }
        VolumeOptions looking = options(MemoryDebug.ALLOWED);
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 7).withoutLog(), looking)) {
            SlabStatistics checked = readSome(volume);
            assertThat(plain.size().magazine()).isPositive();
            assertThat(checked.size().magazine())
                    .as("a cache that looks at each object has no magazines")
                    .isZero();
            assertThat(checked.size().slotBytes())
                    .as("red zones beside the objects")
                    .isGreaterThan(plain.size().slotBytes());
        }
        assertThat(found).isEmpty();
        assertThat(looking.budget().usedBytes()).isZero();
    }

    @Test
    void flags_noneOrOthers_areRefusedByName() {
        assertThatThrownBy(() -> MemoryDebug.logging(Set.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("flags=[], allowed: POISON");
        assertThatThrownBy(() -> MemoryDebug.logging(Set.of(SlabFlag.GUARD_PAGE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("flags=[GUARD_PAGE]");
    }
}
