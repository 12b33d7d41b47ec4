package io.vexel.collection.indexing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Shrinker;
import org.junit.jupiter.api.Test;

class ShortageTest {

    private static final long LIMIT = 64_000;
    private static final String OTHER = "other";

    private final MemoryBudget budget = new MemoryBudget(LIMIT);
    private long cached;

    private Shortage refused() {
        return Shortage.of(new CapacityException("memory budget bytes for graph", 500, 0), budget);
    }

    @Test
    void shortage_endsWhenEnoughIsFreeThatWasNotBefore() {
        budget.reserve(OTHER, LIMIT - 100);
        Shortage shortage = refused();
        assertThat(shortage.isOver(budget)).isFalse();
        budget.release(OTHER, 600);
        assertThat(shortage.isOver(budget)).as("not worth a try").isFalse();
        budget.release(OTHER, 400);
        assertThat(shortage.isOver(budget)).isTrue();
    }

    @Test
    void shortage_memoryThatACacheTookMeanwhile_endsIt() {
        budget.addShrinker(new Shrinker() {
            @Override
            public String name() {
                return OTHER;
            }

            @Override
            public long reclaimableBytes() {
                return cached;
            }

            @Override
            public long shrink(long bytes) {
                return 0;
            }
        });
        budget.reserve(OTHER, LIMIT);
        cached = 5_000;
        Shortage shortage = refused();
        assertThat(shortage.isOver(budget)).as("what could not be had then").isFalse();
        cached = 5_999;
        assertThat(shortage.isOver(budget)).isFalse();
        cached = 6_000;
        assertThat(shortage.isOver(budget)).isTrue();
    }
}
