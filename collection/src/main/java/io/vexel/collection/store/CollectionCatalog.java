package io.vexel.collection.store;

import io.vexel.base.AccessException;
import io.vexel.base.ClosedException;
import io.vexel.base.ConflictException;
import io.vexel.base.CorruptionException;
import io.vexel.base.NotFoundException;
import io.vexel.base.TimeSource;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.PageMemory;
import io.vexel.collection.VectorCacheStatistics;
import io.vexel.collection.indexing.Indexers;
import io.vexel.filesystem.DirectoryEntry;
import io.vexel.filesystem.FileKind;
import io.vexel.filesystem.FileSystem;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.MemoryStatistics;
import io.vexel.memory.zone.PageAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The collections of a volume: the directories in {@code /collections}. Opens each once and keeps it open. The directory of
 * directories is made with the first collection.
 *
 * <p>Creating, opening and dropping take the catalog's lock, which comes before all others. The file system shows what was applied,
 * durable or not; a collection whose creation is not durable is kept back here.
 */
public final class CollectionCatalog implements AutoCloseable {

    private static final String DIRECTORY = "collections";
    private static final int PAGE = 1_000;

    private final StoreContext context;
    private final ReentrantLock lock = new ReentrantLock();
    private final ConcurrentHashMap<String, CollectionStore> open = new ConcurrentHashMap<>();
    /** Names that are being created, or whose creation failed after it was applied. */
    private final Set<String> notDurable = ConcurrentHashMap.newKeySet();

    private boolean closed;

    /** The collections of a mounted file system, which the caller keeps open and closes after the catalog. */
    public CollectionCatalog(FileSystem files, MemoryBudget budget, TimeSource time, CatalogOptions options) {
        UUID uuid = files.info().uuid();
        long seed = uuid.getMostSignificantBits() ^ Long.rotateLeft(uuid.getLeastSignificantBits(), 1);
        boolean readOnly = !files.isWritable();
        Indexers indexers = new Indexers(options.indexThreads());
        ChunkMemory chunks = new ChunkMemory(budget, indexers::signal);
        VectorEntries entries = new VectorEntries(chunks, options.objects());
        IndexPager pager = new IndexPager(chunks, entries, options.walkedFromBytes());
        this.context = new StoreContext(
                files,
                readOnly,
                budget,
                new ScratchPool(budget),
                chunks,
                new DerivedMemory(budget, chunks),
                pager,
                entries,
                time,
                seed,
                indexers);
        indexers.add(chunks::step);
    }

    /**
     * Makes an empty collection; durable when it returns.
     *
     * @throws ConflictException when the name is taken
     * @throws ClosedException when the volume takes no changes
     */
    public CollectionStore create(CollectionSpec spec) {
        checkWritable();
        lock.lock();
        try {
            checkOpen();
            // Before the look: what a failed commit left in memory is no collection that anybody could use.
            context.files().requireChangeable();
            Optional<Long> parent = parent();
            if (parent.isPresent() && find(parent.get(), spec.name()).isPresent()) {
                throw new ConflictException("there is a collection " + spec.name() + " already");
            }
            // What opening it will need, so that a budget that is too small refuses before anything is stored.
            IdIndex index = context.derived().retrying(() -> {
                context.scratch().reserve(VectorChunks.scratchBytes(spec.rowBytes()));
                return context.newIdIndex();
            });
            try {
                store(spec, parent);
                return openStored(spec.name(), index);
            } catch (RuntimeException | Error e) {
                index.close();
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Opens what was just stored. Its blocks are in memory, so that hardly fails; a collection that cannot be opened is not left behind. */
    private CollectionStore openStored(String name, IdIndex index) {
        long parent = parent().orElseThrow();
        long directory = find(parent, name).orElseThrow().inode();
        try {
            CollectionStore store = CollectionStore.open(context, directory, index);
            open.put(name, store);
            return store;
        } catch (RuntimeException | Error e) {
            try {
                remove(CollectionFiles.find(context.files(), directory), parent, name);
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private void remove(CollectionFiles files, long parent, String name) {
        List<String> names = names(files.directory());
        context.files().update(transaction -> files.remove(transaction, names, parent, name));
    }

    private void store(CollectionSpec spec, Optional<Long> parent) {
        long now = context.time().epochMillis();
        notDurable.add(spec.name());
        long commit;
        try {
            commit = context.files().apply(transaction -> {
                long directory = parent.orElseGet(() -> transaction.createDirectory(FileSystem.ROOT, DIRECTORY));
                CollectionFiles.create(transaction, directory, spec, now);
            });
        } catch (RuntimeException | Error e) {
            notDurable.remove(spec.name());
            throw e;
        }
        context.files().awaitDurable(commit);
        notDurable.remove(spec.name());
    }

    /** The collection with this name, if there is one; its id log is read on the first call. */
    public Optional<CollectionStore> find(String name) {
        CollectionSpec.checkName(name);
        CollectionStore known = open.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        lock.lock();
        try {
            return openLocked(name);
        } finally {
            lock.unlock();
        }
    }

    private Optional<CollectionStore> openLocked(String name) {
        checkOpen();
        CollectionStore known = open.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        if (notDurable.contains(name)) {
            return Optional.empty();
        }
        Optional<DirectoryEntry> entry = parent().flatMap(parent -> find(parent, name));
        if (entry.isEmpty()) {
            return Optional.empty();
        }
        long directory = entry.get().inode();
        CollectionStore store =
                context.derived().retrying(() -> CollectionStore.open(context, directory, context.newIdIndex()));
        if (!store.spec().name().equals(name)) {
            store.close();
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK,
                    "collection " + name + ": its manifest says " + store.spec().name());
        }
        open.put(name, store);
        return Optional.of(store);
    }

    private Optional<Long> parent() {
        return find(FileSystem.ROOT, DIRECTORY).map(DirectoryEntry::inode);
    }

    private Optional<DirectoryEntry> find(long directory, String name) {
        return context.files().lookup(directory, name).filter(entry -> entry.kind() == FileKind.DIRECTORY);
    }

    /** The names of all collections, sorted by code units. */
    public List<String> list() {
        List<String> names = new ArrayList<>();
        parent().ifPresent(parent -> {
            Optional<String> after = Optional.empty();
            List<DirectoryEntry> page = context.files().list(parent, after, PAGE);
            while (!page.isEmpty()) {
                page.stream()
                        .filter(entry -> entry.kind() == FileKind.DIRECTORY)
                        .map(DirectoryEntry::name)
                        .filter(name -> !notDurable.contains(name))
                        .forEach(names::add);
                after = Optional.of(page.getLast().name());
                page = context.files().list(parent, after, PAGE);
            }
        });
        names.sort(null);
        return names;
    }

    /**
     * Removes a collection in one transaction, after the operations that run on it have ended; durable when it returns.
     *
     * @throws NotFoundException when there is none
     * @throws ClosedException when the volume takes no changes; the collection stays in use then
     */
    public void drop(String name) {
        checkWritable();
        lock.lock();
        try {
            // Before anything is closed: opened again, the collection would show what a failed commit left in memory.
            context.files().requireChangeable();
            CollectionStore store =
                    openLocked(name).orElseThrow(() -> new NotFoundException("there is no collection " + name));
            long parent = parent().orElseThrow();
            open.remove(name);
            store.discard();
            remove(store.files(), parent, name);
        } finally {
            lock.unlock();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedException("the volume is closed");
        }
    }

    private List<String> names(long directory) {
        return context.files().list(directory, Optional.empty(), PAGE).stream()
                .map(DirectoryEntry::name)
                .toList();
    }

    private void checkWritable() {
        if (context.readOnly()) {
            throw new AccessException("the volume was opened read-only");
        }
    }

    /** The collections that were used since the volume was opened, by name. */
    public Map<String, CollectionStore> used() {
        return new TreeMap<>(open);
    }

    /** Bytes of memory that hold vectors as chunks, of all collections. */
    public long residentVectorBytes() {
        return context.chunks().residentBytes();
    }

    /** What the cache of vectors did; {@link VectorCacheStatistics#NONE} when there was no need of one. */
    public VectorCacheStatistics vectorCache() {
        ChunkMemory chunks = context.chunks();
        return context.entries()
                .statistics(new VectorCacheStatistics.Rows(
                        chunks.sum(VectorChunks::cacheHits),
                        chunks.sum(VectorChunks::cacheMisses),
                        chunks.sum(VectorChunks::failedReads)));
    }

    /** The memory by pages, and what was done with it. */
    public PageMemory pageMemory() {
        Map<String, PageAllocator> allocators = new TreeMap<>();
        context.entries().pages().ifPresent(pages -> allocators.put("vector cache", pages));
        context.pager().pages().ifPresent(pages -> allocators.put("index pages", pages));
        List<PageMemory.Allocator> facts = new ArrayList<>();
        allocators.forEach((name, pages) ->
                facts.add(new PageMemory.Allocator(name, pages.zoneStatistics(), pages.numaStatistics())));
        return new PageMemory(
                MemoryStatistics.of(context.budget(), List.copyOf(allocators.values())),
                facts,
                context.pager().statistics());
    }

    /** Closes all collections, waiting for the operations that run on them. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            open.values().forEach(CollectionStore::close);
            open.clear();
            context.indexers().close();
            context.scratch().close();
            context.pager().close();
            context.entries().close();
            context.chunks().close();
        } finally {
            lock.unlock();
        }
    }
}
