package io.vexel.memory.pressure;

import io.vexel.memory.MemoryBudget;
import java.util.Optional;

/** The budget: available is what nobody has, and what shrinkers could give back. So a cache that fills the budget is no pressure. */
final class BudgetSource implements PressureSource {

    private final MemoryBudget budget;

    BudgetSource(MemoryBudget budget) {
        this.budget = budget;
    }

    @Override
    public String name() {
        return "budget";
    }

    @Override
    public boolean isOfSystem() {
        return false;
    }

    @Override
    public Optional<Reading> read(long nanos) {
        long limit = budget.limitBytes();
        long available = Math.min(limit, budget.availableBytes() + budget.reclaimableBytes());
        return Optional.of(PressureMarks.reading(available, limit, "the budget"));
    }
}
