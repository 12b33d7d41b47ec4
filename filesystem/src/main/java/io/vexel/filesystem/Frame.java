package io.vexel.filesystem;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A block in memory. Its state is two independent facts, drawn in docs/design/filesystem.md:
 *
 * <ul>
 *   <li>{@link #before} is set: the running transaction changed it, and this is what it was before.
 *   <li>{@link #journaled}: the committed contents (those of {@code before} when it is set) are in the live journal and
 *       not yet at home.
 * </ul>
 *
 * <p>A frame with neither is clean. Guarded by: pins, mapping and loading by the cache's monitor; the contents and the two facts by
 * the mutation lock (changes of the facts also take the monitor, since eviction looks at them).
 */
final class Frame {

    static final long NONE = -1;

    final MemorySegment data;

    /** What it is taken from the budget and given back with. */
    final FrameUnit unit;

    /** The block it holds; {@link #NONE} while it is free or serves as a copy. */
    long block = NONE;

    int pins;
    boolean referenced;
    boolean mapped;

    /** True while it is in the cache's list of free frames. */
    boolean idle;

    boolean ready;

    @Nullable
    RuntimeException failure;

    /** True when it is never evicted. */
    boolean permanent;

    /** True when it is a tree node, whose header gets the commit's generation. */
    boolean node;

    boolean journaled;

    @Nullable
    Frame before;

    /** Number of the body that last kept a copy of it. */
    long bodyStamp;

    Frame(MemorySegment data, FrameUnit unit) {
        this.data = data;
        this.unit = unit;
    }

    boolean evictable() {
        return mapped && pins == 0 && ready && !permanent && !journaled && before == null;
    }

    /** Takes its second chance away; returns whether it had one. */
    boolean forgetUse() {
        boolean used = referenced;
        referenced = false;
        return used;
    }

    void reset(long newBlock) {
        block = newBlock;
        pins = 0;
        referenced = false;
        mapped = newBlock != NONE;
        ready = false;
        failure = null;
        permanent = false;
        node = false;
        journaled = false;
        before = null;
        bodyStamp = 0;
    }

    /** What the newest commit left in the block. */
    MemorySegment committed() {
        return before == null ? data : before.data;
    }
}
