package io.vexel.memory.slab;

import java.util.List;

/**
 * A cache at one moment; every figure is counted. Those of threads that run beside may lag behind.
 *
 * @param names of the cache and of those that were merged with it
 * @param size of its objects
 * @param objects how many there are
 * @param slabs how many there are
 * @param events what happened since the cache was made
 */
public record SlabStatistics(List<String> names, Size size, Objects objects, Slabs slabs, Events events) {

    /**
     * Bytes and counts that do not change.
     *
     * @param objectBytes as asked for
     * @param slotBytes from an object to the next
     * @param objectsPerSlab objects in a slab
     * @param pagesPerSlab pages of 4 KiB
     * @param magazine objects in a magazine; 0 when the cache looks at each object
     */
    public record Size(int objectBytes, int slotBytes, int objectsPerSlab, int pagesPerSlab, int magazine) {}

    /**
     * Objects by state.
     *
     * @param active in use; what pools keep is not
     * @param total in slabs
     * @param inSlabs free and of no magazine
     */
    public record Objects(long active, long total, long inSlabs) {}

    /**
     * Slabs by state.
     *
     * @param total all
     * @param free with no object in use or in a magazine
     * @param wordBytes of what is known of slots, beside the slabs
     */
    public record Slabs(int total, int free, long wordBytes) {}

    /**
     * Counts of events.
     *
     * @param allocations of objects; an object that a pool takes from the cache to keep is one, and one free
     * @param frees of objects
     * @param grown slabs that were added
     * @param shrunk slabs that were given back
     */
    public record Events(long allocations, long frees, long grown, long shrunk) {}

    /** The name that the cache was first made with. */
    public String name() {
        return names.getFirst();
    }
}
