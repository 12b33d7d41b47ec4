package io.vexel.index;

import java.util.function.Consumer;

/** Told of each derived index in memory before it is closed. Nobody is, but in tests, which look there at what must be true of any index. */
final class ClosingWatch {

    private static volatile Consumer<DerivedIndex> watcher = _ -> {};

    private ClosingWatch() {}

    /** From now on this is told, and nobody else. */
    static void set(Consumer<DerivedIndex> newWatcher) {
        watcher = newWatcher;
    }

    /** Says that an index, which nobody uses any more, is about to be closed. */
    static void closing(DerivedIndex index) {
        watcher.accept(index);
    }
}
