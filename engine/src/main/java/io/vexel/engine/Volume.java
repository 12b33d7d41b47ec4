package io.vexel.engine;

import io.vexel.collection.CollectionSpec;
import io.vexel.device.BlockDevice;
import io.vexel.filesystem.VolumeInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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

    private Volume() {}

    /**
     * Makes an empty volume. An image file is made sparse; its directory must exist.
     *
     * @return facts of the new volume
     * @throws io.vexel.base.ConflictException when something stands there and the specification does not allow to give it up, or
     *     when another process has it open
     * @throws io.vexel.base.AccessException without permission
     */
    public static VolumeInfo format(Path path, FormatSpec spec) {
        throw new UnsupportedOperationException(path + " " + spec);
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
        throw new UnsupportedOperationException(path + " " + options);
    }

    /** Opens a volume on a device, which is closed with the volume. */
    public static Volume open(BlockDevice device, VolumeOptions options) {
        throw new UnsupportedOperationException(device.name() + options);
    }

    /** A new volume in memory, for tests; gone when it is closed. */
    public static Volume inMemory(long bytes) {
        throw new UnsupportedOperationException(Long.toString(bytes));
    }

    /**
     * Makes an empty collection; durable when it returns.
     *
     * @throws io.vexel.base.ConflictException when there is one with the name
     */
    public Collection createCollection(CollectionSpec spec) {
        throw new UnsupportedOperationException(spec.toString());
    }

    /**
     * The collection with this name. On its first use its ids are read.
     *
     * @throws io.vexel.base.NotFoundException when there is none
     */
    public Collection collection(String name) {
        return findCollection(name)
                .orElseThrow(() -> new io.vexel.base.NotFoundException("there is no collection " + name));
    }

    /** The collection with this name, if there is one. */
    public Optional<Collection> findCollection(String name) {
        throw new UnsupportedOperationException(name);
    }

    /** The names of all collections, sorted. */
    public List<String> listCollections() {
        throw new UnsupportedOperationException();
    }

    /**
     * Removes a collection and everything in it, atomically; durable when it returns. Waits for searches that run on it.
     *
     * @throws io.vexel.base.NotFoundException when there is none
     */
    public void drop(String name) {
        throw new UnsupportedOperationException(name);
    }

    /** What the superblock and the counters say. */
    public VolumeInfo info() {
        throw new UnsupportedOperationException();
    }

    /** Counted facts. */
    public VolumeStatistics statistics() {
        throw new UnsupportedOperationException();
    }

    /** Makes everything durable and closes. Waits for calls that run; later ones throw {@link io.vexel.base.ClosedException}. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
