package io.vexel.collection.indexing;

import io.vexel.index.Verification;
import java.util.function.Supplier;

/** Told of each index in memory before it is closed. Nobody is, but in tests, which look there at what must be true of the index of any collection. */
public final class ClosingWatch {

    private static final Watcher NOBODY = (_, _) -> {};

    private static volatile Watcher watcher = NOBODY;

    private ClosingWatch() {}

    /** Whoever is told. */
    @FunctionalInterface
    public interface Watcher {

        /**
         * An index is about to be closed. Nobody searches or changes it any more, and the vectors of its collection are still there. Throws nothing.
         *
         * @param collection its name
         * @param check {@linkplain IndexKeeper#verify checks} what is in memory, as long as this call lasts
         */
        void closing(String collection, Supplier<Verification> check);
    }

    /** From now on this is told, and nobody else. */
    public static void set(Watcher newWatcher) {
        watcher = newWatcher;
    }

    /** From now on nobody is told. */
    public static void clear() {
        watcher = NOBODY;
    }

    static void closing(String collection, Supplier<Verification> check) {
        watcher.closing(collection, check);
    }
}
