package io.vexel.collection.indexing;

import io.vexel.base.ClosedException;
import io.vexel.base.Uninterruptibles;
import java.time.Duration;
import java.util.Optional;

/**
 * Loads an index for searches that wait for it, on a thread of its own: each of them can give up at any time, and the loading goes on for those that come
 * after. A daemon thread that begins when somebody waits, and ends when the index is loaded or the collection is being closed.
 *
 * <p>The monitor guards both fields; nothing is waited for inside.
 */
final class LoadThread {

    private final String collection;
    private final Runnable load;
    private Optional<Thread> thread = Optional.empty();
    private boolean ended;

    /** @param load returns when the index is loaded, or throws a {@link ClosedException} */
    LoadThread(String collection, Runnable load) {
        this.collection = collection;
        this.load = load;
    }

    /**
     * Waits for the loading, which begins if it does not run, for a while at most. After {@link #end} none begins.
     *
     * @return whether none runs any more
     */
    boolean await(long millis) throws InterruptedException {
        Optional<Thread> present = begun();
        return present.isEmpty() || present.get().join(Duration.ofMillis(millis));
    }

    private synchronized Optional<Thread> begun() {
        if (!ended && thread.filter(Thread::isAlive).isEmpty()) {
            thread = Optional.of(Thread.ofPlatform()
                    .daemon()
                    .name("vexel-load-" + collection)
                    .start(this::run));
        }
        return thread;
    }

    private void run() {
        try {
            load.run();
        } catch (ClosedException _) {
            // Who waits sees it as well.
        }
    }

    /** Lets no loading begin any more, and waits for the one that runs. */
    void end() {
        Optional<Thread> last;
        synchronized (this) {
            ended = true;
            last = thread;
        }
        last.ifPresent(Uninterruptibles::join);
    }
}
