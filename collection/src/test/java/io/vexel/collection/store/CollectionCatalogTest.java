package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.device.MemoryDevice;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.slab.SlabOptions;
import org.junit.jupiter.api.Test;

class CollectionCatalogTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 3, Metric.L2);

    private static FileSystem volume() {
        MemoryDevice device = MemoryDevice.create(17 << 20, MemoryBudget.unlimited());
        Mkfs.format(device, FormatOptions.defaults());
        return FileSystem.open(device, MountOptions.defaults());
    }

    /** A thread may come in after the volume began to close; what it opened would never be closed. */
    @Test
    void find_afterClose_isRefusedAndTakesNoMemory() {
        MemoryBudget budget = new MemoryBudget(64 << 20);
        try (FileSystem files = volume()) {
            CollectionCatalog catalog = new CollectionCatalog(
                    files, budget, TimeSource.SYSTEM, new CatalogOptions(0, Long.MAX_VALUE, SlabOptions.standard()));
            catalog.create(SPEC);
            catalog.close();
            assertThat(budget.usedBytes()).isZero();
            assertThatThrownBy(() -> catalog.find("c")).isInstanceOf(ClosedException.class);
            assertThatThrownBy(() -> catalog.drop("c")).isInstanceOf(ClosedException.class);
            assertThatThrownBy(() -> catalog.create(new CollectionSpec("d", 3, Metric.L2)))
                    .isInstanceOf(ClosedException.class);
            assertThat(budget.usedBytes()).isZero();
        }
    }

    @Test
    void openAndClose_withEveryBudget_giveBackWhatTheyTook() {
        try (FileSystem files = volume()) {
            CollectionCatalog first = new CollectionCatalog(
                    files,
                    MemoryBudget.unlimited(),
                    TimeSource.SYSTEM,
                    new CatalogOptions(0, Long.MAX_VALUE, SlabOptions.standard()));
            first.create(SPEC);
            first.close();
            int refused = 0;
            boolean opened = false;
            for (long bytes = 4096; !opened; bytes += 4096) {
                MemoryBudget budget = new MemoryBudget(bytes);
                CollectionCatalog catalog = new CollectionCatalog(
                        files,
                        budget,
                        TimeSource.SYSTEM,
                        new CatalogOptions(0, Long.MAX_VALUE, SlabOptions.standard()));
                try {
                    opened = catalog.find("c").isPresent();
                } catch (CapacityException e) {
                    refused++;
                }
                catalog.close();
                assertThat(budget.usedBytes()).as("budget of %d bytes", bytes).isZero();
            }
            assertThat(refused).isPositive();
        }
    }
}
