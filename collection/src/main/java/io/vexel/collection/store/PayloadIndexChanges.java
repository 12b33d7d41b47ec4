package io.vexel.collection.store;

import io.vexel.base.ConflictException;
import io.vexel.base.NotFoundException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.payload.PayloadIndexes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * Adds and removes payload indexes of a collection in use, one at a time, under {@code declaring}: an index is built, then declared in the manifest, then
 * used. While a round of building reads payloads, its view keeps a compaction from giving them up.
 */
public final class PayloadIndexChanges {

    private final CollectionStore store;
    private final PayloadIndexes indexes;
    private final ReentrantLock declaring = new ReentrantLock();

    PayloadIndexChanges(CollectionStore store, PayloadIndexes indexes) {
        this.store = store;
        this.indexes = indexes;
    }

    /**
     * Adds a payload index: builds it beside searches and writes, and declares it. Durable and in use when it returns; a crash before leaves the
     * collection without it.
     *
     * @param progress is told how many rows were read; what it throws ends the building, and nothing has changed
     * @throws ConflictException when there is one like it
     * @throws IllegalArgumentException when there are as many as a collection may have
     * @throws io.vexel.base.CapacityException when the memory budget refuses it
     */
    public void add(FieldIndex wanted, LongConsumer progress) {
        change(() -> {
            CollectionSpec before = store.spec();
            if (before.indexes().contains(wanted)) {
                throw new ConflictException(
                        "collection " + before.name() + " has a payload index " + wanted + " already");
            }
            List<FieldIndex> more = new ArrayList<>(before.indexes());
            more.add(wanted);
            CollectionSpec after = before.withIndexes(more);
            PayloadIndexes.Addition addition = new PayloadIndexes.Addition(wanted, progress);
            try {
                boolean unfinished = true;
                while (unfinished) {
                    try (ReadView view = store.view()) {
                        unfinished = indexes.extend(addition, view.indexState());
                    }
                }
                store.declare(after);
            } catch (RuntimeException | Error e) {
                indexes.abandon(addition);
                throw e;
            }
            store.install(after, installed -> indexes.publish(addition, installed));
        });
    }

    /**
     * Removes a payload index. Durable when it returns.
     *
     * @throws NotFoundException when there is none like it
     */
    public void remove(FieldIndex unwanted) {
        change(() -> {
            CollectionSpec before = store.spec();
            if (!before.indexes().contains(unwanted)) {
                throw new NotFoundException("collection " + before.name() + " has no payload index " + unwanted
                        + ", but " + before.indexes());
            }
            List<FieldIndex> fewer = new ArrayList<>(before.indexes());
            fewer.remove(unwanted);
            CollectionSpec after = before.withIndexes(fewer);
            store.declare(after);
            store.install(after, _ -> indexes.remove(unwanted));
        });
    }

    private void change(Runnable work) {
        store.withIndex(_ -> {
            declaring.lock();
            try {
                store.requireWritable();
                work.run();
            } finally {
                declaring.unlock();
            }
            return true;
        });
    }
}
