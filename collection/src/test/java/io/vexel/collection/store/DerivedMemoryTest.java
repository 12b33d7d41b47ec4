package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.Deadline;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedClock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is asked to give way, in which order, and how long that is waited for. */
class DerivedMemoryTest {

    private static final int LIMIT = 1_000;
    private static final long MILLI = 1_000_000;

    /** Time goes on by a twentieth of a second whenever somebody looks, so that nothing waits for real time. */
    private final SimulatedClock clock = SimulatedClock.ticking(50 * MILLI);

    private final MemoryBudget budget = new MemoryBudget(LIMIT);
    private final ChunkMemory chunks = new ChunkMemory(budget, () -> {});
    private final DerivedMemory derived = new DerivedMemory(budget, chunks, clock);
    private final List<String> asked = new ArrayList<>();
    private long waitedMillis;

    @AfterEach
    void close() {
        chunks.close();
    }

    /** Gives what it has, or is busy for longer than anybody waits. */
    private final class Part implements DerivedMemory.Part {

        private final String name;
        private final boolean busy;
        private long bytes;

        Part(String name, long bytes, boolean busy) {
            this.name = name;
            this.bytes = bytes;
            this.busy = busy;
            budget.reserve(name, bytes);
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public boolean giveWay(CapacityException refused, BooleanSupplier relieved, Deadline deadline) {
            asked.add(name);
            if (busy) {
                long millis = deadline.leftMillis();
                waitedMillis += millis;
                clock.advance(millis * MILLI);
                return false;
            }
            budget.release(name, bytes);
            bytes = 0;
            return true;
        }
    }

    private void add(String name, long each, boolean busy) {
        derived.add(new DerivedMemory.Holder(
                new Part(name + " payload indexes", each, busy),
                new Part(name + " rows", each, busy),
                new Part(name + " loading", each, busy),
                new Part(name + " index", each, busy)));
    }

    private long write(long bytes) {
        return derived.retrying(() -> {
            budget.reserve("ids", bytes);
            return bytes;
        });
    }

    @Test
    void retrying_asksForTheCheapestFirst() {
        add("a", 250, false);
        for (long each : List.of(200, 240, 230, 250)) {
            assertThat(write(each)).isEqualTo(each);
        }
        assertThat(asked).containsExactly("a payload indexes", "a rows", "a loading", "a index");
        assertThatThrownBy(() -> write(250)).isInstanceOf(CapacityException.class);
    }

    /** One deadline for all collections and all steps; who is asked last is asked all the same. */
    @Test
    void retrying_whileAllAreBusy_waitsForOneDeadline() {
        IntStream.range(0, 10).forEach(collection -> add("busy" + collection, 20, true));
        add("free", 45, false);
        budget.reserve("hog", budget.availableBytes());
        assertThat(write(180)).isEqualTo(180);
        assertThat(asked.stream().filter(name -> name.startsWith("busy"))).hasSize(30);
        assertThat(waitedMillis).isBetween(1_000L, 4_000L);
    }

    @Test
    void retrying_forMoreThanAllOfItTogether_asksNobody() {
        add("a", 100, false);
        budget.reserve("hog", budget.availableBytes());
        assertThatThrownBy(() -> write(301)).isInstanceOf(CapacityException.class);
        assertThat(asked).isEmpty();
    }
}
