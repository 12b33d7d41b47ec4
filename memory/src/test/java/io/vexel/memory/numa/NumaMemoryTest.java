package io.vexel.memory.numa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumaMemoryTest {

    @TempDir
    Path directory;

    private final FakeNuma fake = new FakeNuma();

    /** Nodes 0 and 5 have memory. */
    private NumaMemory odd() {
        return new NumaMemory(NumaTopology.read(NodeTree.odd(directory).root), fake);
    }

    private static MemorySegment pages(int count) {
        return MemorySegment.ofAddress(1 << 20).reinterpret(count * 4096L);
    }

    @Test
    void bind_policies_areTheSystemsModesAndItsNumbersOfNodes() {
        NumaMemory numa = odd();
        MemorySegment range = pages(2);
        for (MemoryPolicy policy : List.of(
                MemoryPolicy.byDefault(),
                MemoryPolicy.preferred(1),
                MemoryPolicy.bind(List.of(0)),
                MemoryPolicy.interleave(List.of(0, 1)),
                MemoryPolicy.local())) {
            assertThat(numa.bind(range, policy)).isEqualTo(NumaMemory.Outcome.APPLIED);
            assertThat(numa.setThreadPolicy(policy)).isEqualTo(NumaMemory.Outcome.APPLIED);
        }
        assertThat(fake.bound)
                .containsExactly(
                        "8192 mode 0 nodes 0",
                        "8192 mode 1 nodes 100000",
                        "8192 mode 2 nodes 1",
                        "8192 mode 3 nodes 100001",
                        "8192 mode 4 nodes 0");
        assertThatThrownBy(() -> numa.bind(range, MemoryPolicy.preferred(2)))
                .hasMessageContaining("node=2, allowed: 0..1");
    }

    @Test
    void policies_withNodesThatDoNotFit_areRefused() {
        assertThatThrownBy(() -> MemoryPolicy.bind(List.of())).hasMessageContaining("of BIND, allowed: 1..64");
        assertThatThrownBy(() -> new MemoryPolicy(MemoryPolicy.Kind.LOCAL, List.of(1)))
                .hasMessageContaining("of LOCAL, allowed: 0..0");
        assertThatThrownBy(() -> MemoryPolicy.interleave(List.of(1, 1))).hasMessageContaining("node=1, allowed: 2..63");
        assertThatThrownBy(() -> MemoryPolicy.preferred(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void currentNode_ofProcessors_isTheNearestWithMemory() {
        NumaMemory numa = odd();
        int[] expected = {0, 0, 0, 0, 1, 0, 1, 1, 0};
        for (int cpu = 0; cpu < expected.length; cpu++) {
            fake.cpu = cpu;
            assertThat(numa.currentNode()).as("processor %d", cpu).isEqualTo(expected[cpu]);
        }
        fake.cpu = 1 << 20;
        assertThat(numa.currentNode()).isZero();
        fake.cpu = 4;
        numa.update(NumaTopology.read(
                NodeTree.odd(directory).online("0,2,5", "0-7").node(0, "0-4", 4000, "10 20 40").root));
        assertThat(numa.currentNode()).as("was plugged elsewhere").isZero();
        assertThatThrownBy(() -> numa.update(NumaTopology.uniform())).hasMessageContaining("allowed: [0, 5]");
    }

    @Test
    void migrate_aRange_movesWhatIsThereAndSaysWhatIsNot() {
        NumaMemory numa = odd();
        long base = pages(1).address();
        fake.pages.put(base, 0);
        fake.pages.put(base + 4096, 5);
        fake.pages.put(base + 3 * 4096, 0);
        fake.pages.put(base + 4 * 4096, 0);
        fake.pinned.add(base + 4 * 4096);
        assertThat(numa.placement(pages(5))).isEqualTo(new PagePlacement(List.of(3L, 1L), 1));
        assertThat(numa.migrate(pages(5), 1)).isEqualTo(new NumaMemory.Migration(2, 1, 1, 1));
        assertThat(numa.placement(pages(5))).isEqualTo(new PagePlacement(List.of(1L, 3L), 1));
        assertThat(numa.placement(pages(5)).shareOn(1)).isEqualTo(0.75);
        assertThat(numa.nodeOf(pages(1))).isEqualTo(1);
        assertThat(numa.migrate(pages(5), 0)).as("and back").isEqualTo(new NumaMemory.Migration(3, 1, 1, 0));
        assertThat(numa.migratedIn(1)).isEqualTo(2);
        assertThat(numa.migratedIn(0)).isEqualTo(3);
        assertThat(numa.migratedOut(0)).isEqualTo(2);
        assertThat(numa.migratedOut(1)).isEqualTo(3);
        assertThat(fake.pages).doesNotContainKey(base + 2 * 4096);
    }

    @Test
    void everything_refused_changesNothingAndIsCounted() {
        NumaMemory numa = odd();
        fake.pages.put(pages(1).address(), 0);
        fake.refuses = true;
        assertThat(numa.bind(pages(2), MemoryPolicy.preferred(1))).isEqualTo(NumaMemory.Outcome.REFUSED);
        assertThat(numa.setThreadPolicy(MemoryPolicy.local())).isEqualTo(NumaMemory.Outcome.REFUSED);
        assertThat(numa.migrate(pages(2), 1)).isEqualTo(new NumaMemory.Migration(0, 0, 2, 0));
        assertThat(numa.placement(pages(2))).isEqualTo(new PagePlacement(List.of(0L, 0L), 2));
        assertThat(numa.currentNode()).isZero();
        assertThat(numa.nodeOf(pages(1))).isEqualTo(-1);
        assertThat(numa.refusals()).isEqualTo(4);
    }

    @Test
    void region_withAPlace_isBoundBeforeItIsTouched() {
        NumaMemory numa = odd();
        MemoryBudget budget = new MemoryBudget(64 << 20);
        try (Region small = Region.allocate(budget, "rows", 5_000, numa.placing(MemoryPolicy.preferred(1)));
                Region huge = Region.allocate(budget, "rows", 4 << 20, numa.placing(MemoryPolicy.bind(List.of(0))))) {
            assertThat(fake.bound).containsExactly("8192 mode 1 nodes 100000", (4 << 20) + " mode 2 nodes 1");
            assertThat(small.address() % 4096).isZero();
            assertThat(small.segment().get(ValueLayout.JAVA_LONG, 8_184)).isZero();
            assertThat(huge.address() % Region.HUGE_PAGE_BYTES).isZero();
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void machine_whateverItHas_placesAndMovesOrSaysThatItDoesNot() {
        NumaMemory numa = NumaMemory.ofMachine();
        int last = numa.nodeCount() - 1;
        try (Region region = Region.allocate(
                new MemoryBudget(16 << 20), "rows", 1 << 20, numa.placing(MemoryPolicy.preferred(last)))) {
            long refusals = numa.refusals();
            if (refusals > 0) {
                // A system without such calls, or that does not let us.
                assertThat(numa.bind(region.segment(), MemoryPolicy.preferred(last)))
                        .isEqualTo(NumaMemory.Outcome.REFUSED);
                return;
            }
            assertThat(numa.placement(region.segment()).absent())
                    .as("nothing touched")
                    .isEqualTo(256);
            region.segment().fill((byte) 1);
            assertThat(numa.placement(region.segment()).shareOn(last)).isEqualTo(1);
            assertThat(numa.nodeOf(region.segment())).isEqualTo(last);
            NumaMemory.Migration back = numa.migrate(region.segment(), 0);
            assertThat(back.there() + back.moved() + back.refused()).isEqualTo(256);
            assertThat(numa.currentNode()).isBetween(0, last);
            assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 4096)).isEqualTo((byte) 1);
        }
    }
}
