package io.vexel.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class UninterruptiblesTest {

    @Test
    void take_interrupted_waitsOnAndKeepsTheInterrupt() throws Exception {
        BlockingQueue<String> queue = new ArrayBlockingQueue<>(1);
        BlockingQueue<String> seen = new ArrayBlockingQueue<>(1);
        CountDownLatch begun = new CountDownLatch(1);
        Thread waiting = Thread.ofPlatform().start(() -> {
            Thread.currentThread().interrupt();
            begun.countDown();
            String taken = Uninterruptibles.take(queue);
            seen.add(taken + " " + Thread.currentThread().isInterrupted());
        });
        begun.await();
        queue.put("head");
        waiting.join();
        assertThat(seen).containsExactly("head true");
    }
}
