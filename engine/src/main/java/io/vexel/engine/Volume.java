package io.vexel.engine;

import io.vexel.base.Checks;
import io.vexel.base.ClosedException;
import io.vexel.base.NotFoundException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.VectorCacheStatistics;
import io.vexel.collection.store.CatalogOptions;
import io.vexel.collection.store.CollectionCatalog;
import io.vexel.collection.store.CollectionStore;
import io.vexel.device.BlockDevice;
import io.vexel.device.MemoryDevice;
import io.vexel.filesystem.BackupOptions;
import io.vexel.filesystem.BackupResult;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.filesystem.MountOptions;
import io.vexel.filesystem.VolumeInfo;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.pressure.MemoryActivity;
import io.vexel.memory.pressure.MemoryHistory;
import io.vexel.memory.pressure.PressureLevel;
import io.vexel.memory.pressure.PressureListener;
import io.vexel.memory.pressure.PressureMonitor;
import io.vexel.memory.pressure.PressureStatistics;
import io.vexel.memory.slab.SlabOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An open volume: an image file or a block device with collections in it. Safe for use by any number of threads.
 *
 * <pre>{@code
 * Volume.format(path, FormatSpec.ofBytes(1L << 30));
 * try (Volume volume = Volume.open(path)) {
 *     Collection docs = volume.createCollection(CollectionSpec.builder("docs").dimension(3).build());
 *     docs.upsert(Point.of(1, 0.1f, 0.2f, 0.3f).withPayload("{\"lang\":\"en\"}"));
 *     SearchResult result = docs.search(SearchRequest.builder(0.1f, 0.2f, 0.2f).k(5).build());
 * }
 * }</pre>
 */
public final class Volume implements AutoCloseable {

    private final FileSystem files;
    private final CollectionCatalog catalog;
    private final VolumeOptions options;
    private final SearchThreads threads;
    private final Optional<PressureMonitor> pressure;
    private final ConcurrentHashMap<CollectionStore, Collection> collections = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private Volume(FileSystem files, VolumeOptions options) {
        this.files = files;
        this.options = options;
        this.catalog = new CollectionCatalog(
                files,
                options.budget(),
                options.time(),
                new CatalogOptions(
                        options.indexThreads(),
                        options.walkWhileLoadingBytes(),
                        options.memoryDebug().map(MemoryDebug::options).orElseGet(SlabOptions::standard)));
        this.threads = new SearchThreads(options.executor());
        try {
            // Memory of a budget for one thread must not be given back by another.
            this.pressure = options.pressure()
                    .filter(_ -> !options.budget().isForOneThread())
                    .map(watch -> PressureMonitor.start(options.budget(), watch, this::activity));
        } catch (RuntimeException | Error e) {
            closeAfter(catalog, e);
            throw e;
        }
    }

    /**
     * Makes an empty volume. An image file is made sparse; its directory must exist. Nothing is left of an image that could not be
     * made whole.
     *
     * @return facts of the new volume
     * @throws IllegalArgumentException when the parts of the specification do not go together; what stands there is untouched
     * @throws io.vexel.base.DeviceException when the device fails or its disk is full
     * @throws io.vexel.base.ConflictException when something stands there and the specification does not allow to give it up, or
     *     when another process has it open
     * @throws io.vexel.base.AccessException without permission
     */
    public static VolumeInfo format(Path path, FormatSpec spec) {
        RuntimeRequirements.check();
        return VolumeFiles.format(path, spec);
    }

    /**
     * What {@link #format} would make, without touching anything.
     *
     * @param spec with a size
     */
    public static VolumeInfo plan(FormatSpec spec) {
        Checks.inRange("bytes", spec.bytes(), FormatSpec.MIN_BYTES, FormatSpec.MAX_BYTES);
        return VolumeFiles.plan(spec);
    }

    /** Opens with {@link VolumeOptions#defaults}. */
    public static Volume open(Path path) {
        return open(path, VolumeOptions.defaults());
    }

    /**
     * Opens a volume and replays its journal. A read-write volume is locked against every other opening.
     *
     * @throws io.vexel.base.NotFoundException when there is nothing at the path
     * @throws io.vexel.base.ConflictException when another process has it open; the message names it
     * @throws io.vexel.base.FormatVersionException when it is no volume, or of a newer format
     * @throws io.vexel.base.AccessException without permission
     * @throws IllegalStateException when this Java runtime is too old or lacks a module; the message says what to do
     */
    public static Volume open(Path path, VolumeOptions options) {
        RuntimeRequirements.check();
        return open(VolumeFiles.open(path, options), options);
    }

    /** Opens a volume on a device, which is closed with the volume, or at once when it cannot be opened. */
    public static Volume open(BlockDevice device, VolumeOptions options) {
        RuntimeRequirements.check();
        FileSystem files;
        try {
            files = FileSystem.open(device, new MountOptions(options.readOnly(), options.budget(), options.time()));
        } catch (RuntimeException | Error e) {
            closeAfter(device, e);
            throw e;
        }
        try {
            return new Volume(files, options);
        } catch (RuntimeException | Error e) {
            closeAfter(files, e);
            throw e;
        }
    }

    private static void closeAfter(AutoCloseable resource, Throwable failure) {
        try {
            resource.close();
        } catch (Exception e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * A new volume in memory, for tests; gone when it is closed.
     *
     * @param bytes size, {@link FormatSpec#MIN_BYTES} up to 1 TiB; memory is taken for what is written
     */
    public static Volume inMemory(long bytes) {
        RuntimeRequirements.check();
        Checks.inRange("bytes", bytes, FormatSpec.MIN_BYTES, MemoryDevice.MAX_BYTES);
        VolumeOptions options =
                VolumeOptions.builder().budgetBytes(Long.MAX_VALUE).build();
        MemoryDevice device = MemoryDevice.create(bytes, options.budget());
        Mkfs.format(device, FormatOptions.defaults());
        return open(device, options);
    }

    /**
     * Makes an empty collection; durable when it returns.
     *
     * @throws io.vexel.base.ConflictException when there is one with the name
     */
    public Collection createCollection(CollectionSpec spec) {
        checkOpen();
        return handle(catalog.create(spec));
    }

    /**
     * The collection with this name. On its first use its ids are read.
     *
     * @throws NotFoundException when there is none
     */
    public Collection collection(String name) {
        return findCollection(name).orElseThrow(() -> new NotFoundException("there is no collection " + name));
    }

    /** The collection with this name, if there is one. */
    public Optional<Collection> findCollection(String name) {
        checkOpen();
        return catalog.find(name).map(this::handle);
    }

    private Collection handle(CollectionStore store) {
        return collections.computeIfAbsent(store, known -> new Collection(known, threads, options.time()));
    }

    /** The names of all collections, sorted. */
    public List<String> listCollections() {
        checkOpen();
        return catalog.list();
    }

    /**
     * Removes a collection and everything in it, atomically; durable when it returns. Waits for searches that run on it.
     *
     * @throws NotFoundException when there is none
     */
    public void drop(String name) {
        checkOpen();
        Optional<CollectionStore> store = catalog.find(name);
        catalog.drop(name);
        store.ifPresent(collections::remove);
    }

    /** As {@link #backup(Path, BackupOptions)} with {@link BackupOptions#defaults}. */
    public BackupResult backup(Path target) {
        return backup(target, BackupOptions.defaults());
    }

    /**
     * Copies the volume as it is at one moment soon after the call to a new image file, while searches and writes go on. The copy has every write that was
     * acknowledged before the call, and of later ones those that were durable at that moment, each whole or not at all. It is a volume like one that
     * was closed, of the same size and identity; it takes as much of a disk as is used. Each block is verified when it is copied.
     *
     * <p>The file has its name once it is whole and durable; before, it has the ending {@code .partial}, and when the backup does not succeed nothing is left.
     * A write that is about to overwrite what was not copied yet waits until that is copied, so one to a slow disk makes writes slow; its
     * errors end the backup and harm no write. Closing the volume ends a backup.
     *
     * @param target a path where nothing is, in a directory that exists
     * @throws io.vexel.base.ConflictException when something stands there, the volume for instance, or a backup is being made already
     * @throws NotFoundException when the directory does not exist
     * @throws io.vexel.base.CapacityException when the disk has no room for what is used, or the budget does not allow the memory: 4 KiB for 128 MiB in use at
     *     blocks of 4 KiB, and up to 3 MiB
     * @throws io.vexel.base.CorruptionException when a block of the volume is damaged, or the copy when it is verified
     * @throws io.vexel.base.DeviceException when the volume's device or the disk of the copy fails
     * @throws io.vexel.base.AccessException without permission
     * @throws ClosedException when the volume is or was closed, or takes no changes since a commit failed
     * @throws java.util.concurrent.CancellationException when the listener says so, or the calling thread is interrupted, which it stays
     */
    public BackupResult backup(Path target, BackupOptions backup) {
        checkOpen();
        VolumeInfo info = files.info();
        try (BackupFile file = new BackupFile(target, files.deviceName())) {
            file.requireRoom(info);
            BlockDevice device = file.create(files.deviceBytes(), info.blockSize(), options, files.deviceName());
            BackupResult result = files.backup(device, backup);
            file.publish();
            return result;
        }
    }

    /** What the superblock and the counters say. */
    public VolumeInfo info() {
        checkOpen();
        return files.info();
    }

    /**
     * What is wrong but can be worked around, in plain words: what was found when the volume was opened, the problems of the indexes of
     * the collections that were used since, the memory that they wait for, and that memory is critically short.
     */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>(files.warnings());
        if (!closed) {
            catalog.used().values().forEach(store -> {
                IndexStatus status = handle(store).indexStatus();
                status.problem().ifPresent(warnings::add);
                status.shortage().map(IndexStatus.Shortage::text).ifPresent(warnings::add);
            });
            pressure.ifPresent(monitor -> monitor.statistics().sources().stream()
                    .filter(source -> source.level() == PressureLevel.CRITICAL)
                    .forEach(source -> warnings.add("memory is critically short: " + source.text())));
        }
        return warnings;
    }

    /**
     * From now on the listener is told when it changes how short memory is, by the thread that saw it. Nobody is ever told by a volume that
     * {@linkplain VolumeOptions.Builder#withoutPressure does not watch that}.
     */
    public void addPressureListener(PressureListener listener) {
        checkOpen();
        pressure.ifPresent(monitor -> monitor.addListener(listener));
    }

    /** The listener is told no more; a call that is under way may still end. */
    public void removePressureListener(PressureListener listener) {
        pressure.ifPresent(monitor -> monitor.removeListener(listener));
    }

    /**
     * The last samples of how short memory is and what the cache of vectors did, one about every second: level, bytes of the budget in use, rows that
     * were in the cache and rows that were not, since the sample before. Empty when the volume does not watch how short memory is.
     */
    public Optional<MemoryHistory> memoryHistory() {
        return pressure.map(PressureMonitor::history);
    }

    private MemoryActivity activity() {
        VectorCacheStatistics cache = catalog.vectorCache();
        return new MemoryActivity(cache.hits(), cache.misses());
    }

    private static PressureStatistics look(PressureMonitor monitor) {
        monitor.check();
        return monitor.statistics();
    }

    /** Counted facts; looks how short memory is, too, where the volume watches that. */
    public VolumeStatistics statistics() {
        checkOpen();
        Map<String, CollectionStatistics> used = new TreeMap<>();
        catalog.used().forEach((name, store) -> used.put(name, handle(store).statistics()));
        return new VolumeStatistics(files.info(), memory(), pressure.map(Volume::look), files.overlapsReads(), used);
    }

    /** What is done with the memory. */
    public VolumeMemory memory() {
        checkOpen();
        MemoryBudget budget = options.budget();
        return new VolumeMemory(
                budget.limitBytes(),
                budget.usedBytes(),
                budget.peakBytes(),
                budget.usedByOwner(),
                budget.reclaimableBytes(),
                catalog.residentVectorBytes(),
                catalog.vectorCache(),
                catalog.pageMemory());
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedException("the volume is closed");
        }
    }

    /**
     * Makes everything durable and closes. Waits for calls that run; later ones throw {@link ClosedException}, and so does a backup that runs.
     *
     * @throws IllegalStateException when the listener of a backup calls
     */
    @Override
    public void close() {
        files.requireOutsideBackup();
        closed = true;
        pressure.ifPresent(PressureMonitor::close);
        catalog.close();
        files.close();
        threads.close();
    }
}
