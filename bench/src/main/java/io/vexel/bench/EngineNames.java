package io.vexel.bench;

import io.vexel.bench.engine.EngineCatalog;
import java.util.Iterator;
import java.util.stream.Stream;

/** The names that {@code --engines} takes, for help. */
final class EngineNames implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
        EngineCatalog catalog = new EngineCatalog();
        return Stream.concat(catalog.ours().stream(), catalog.peers().stream()).iterator();
    }
}
