package io.vexel.bench.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Does the same on several threads. */
final class Workers {

    private Workers() {}

    /** Returns when all have ended; throws what the first of them threw. */
    static void run(int threads, Runnable work) {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<CompletableFuture<Void>> parts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                parts.add(CompletableFuture.runAsync(work, executor));
            }
            parts.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }
}
