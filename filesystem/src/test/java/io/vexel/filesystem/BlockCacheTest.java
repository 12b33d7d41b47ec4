package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.memory.MemoryBudget;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockCacheTest {

    /** Whoever comes after a failed load tries again; a frame that never gets ready would hold it up for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pin_afterALoadFailed_loadsAgain(boolean error) throws Exception {
        AtomicInteger loads = new AtomicInteger();
        BlockCache.Loader loader = (block, target) -> {
            if (loads.getAndIncrement() == 0) {
                if (error) {
                    throw new StackOverflowError("planted");
                }
                throw new IllegalStateException("planted");
            }
            target.fill((byte) block);
        };
        try (BlockCache cache = new BlockCache(1024, MemoryBudget.unlimited(), loader, 8, 8)) {
            assertThatThrownBy(() -> cache.pin(5)).hasMessage("planted");
            Frame frame = CompletableFuture.supplyAsync(() -> cache.pin(5)).get(60, TimeUnit.SECONDS);
            assertThat(frame.data.get(Layouts.U8, 0)).isEqualTo((byte) 5);
            assertThat(loads).hasValue(2);
            cache.unpin(frame);
        }
    }
}
