package io.vexel.memory.slab;

import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageBlock;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * What the debugging flags of an allocator do to its large blocks: red zones beside a block, a page before and at least 8 bytes behind; poison
 * in it when it is allocated and when it was freed; the places in the program. The last blocks that were freed are held for a while, so that writes
 * to them are found; after that their pages are anybody's.
 *
 * <p>Safe for use by any thread.
 */
final class LargeChecks {

    /** Freed blocks that are held, at most. */
    static final int HELD = 8;

    /** Bytes of these, at most. */
    static final long HELD_BYTES = 16 << 20;

    private static final int LEAD_BYTES = PageAllocator.PAGE_BYTES;
    private static final MemorySegment POISONED = poisonedPage();

    private final PageAllocator pages;
    private final boolean zones;
    private final boolean poison;
    private final boolean users;
    private final long secret;
    private final Deque<Freed> held = new ArrayDeque<>();
    private long heldBytes;

    /** A block that was freed. */
    private record Freed(LargeBlocks.Large block, String freedAt) {}

    LargeChecks(PageAllocator pages, Set<SlabFlag> flags, long secret) {
        this.pages = pages;
        this.zones = flags.contains(SlabFlag.RED_ZONE);
        this.poison = flags.contains(SlabFlag.POISON);
        this.users = flags.contains(SlabFlag.STORE_USER);
        this.secret = secret;
    }

    private static MemorySegment poisonedPage() {
        byte[] page = new byte[PageAllocator.PAGE_BYTES];
        Arrays.fill(page, ObjectChecks.POISON);
        return MemorySegment.ofArray(page);
    }

    /** Bytes to allocate for a block. The very largest have no room for red zones. */
    long bytesWithZones(long bytes) {
        return hasZones(bytes) ? LEAD_BYTES + bytes + SlotLayout.RED_ZONE_BYTES : bytes;
    }

    private boolean hasZones(long bytes) {
        return zones && bytes <= LargeBlocks.MOST_BYTES - LEAD_BYTES - SlotLayout.RED_ZONE_BYTES;
    }

    /** Makes pages ready for their user and gives the part that is his: with red zones as long as he asked for. */
    MemorySegment begin(PageBlock block, long bytes) {
        MemorySegment all = block.segment();
        MemorySegment own = hasZones(bytes) ? all.asSlice(LEAD_BYTES, bytes) : all;
        if (poison) {
            own.fill(ObjectChecks.POISON);
        }
        if (hasZones(bytes)) {
            long key = key(all);
            RedZone.write(key, all.address(), LEAD_BYTES);
            RedZone.write(key, own.address() + bytes, tailBytes(all, bytes));
        }
        return own;
    }

    private long key(MemorySegment all) {
        return RedZone.key(secret, all.address());
    }

    private static long tailBytes(MemorySegment all, long bytes) {
        return all.byteSize() - LEAD_BYTES - bytes;
    }

    /** The place that calls, where that is kept. */
    String place() {
        return users ? CallSite.of() : "";
    }

    /** Looks at the red zones of a block in use, and puts them right. */
    void verifyUsed(LargeBlocks.Large large, String freedAt, List<Misuse> found) {
        if (!hasZones(large.bytes())) {
            return;
        }
        MemorySegment all = large.pages().segment();
        long end = all.address() + LEAD_BYTES + large.bytes();
        long tail = tailBytes(all, large.bytes());
        long key = key(all);
        if (RedZone.isWritten(key, all.address(), LEAD_BYTES)) {
            RedZone.write(key, all.address(), LEAD_BYTES);
            found.add(misuse(Misuse.Kind.UNDERRUN, large, freedAt));
        }
        if (RedZone.isWritten(key, end, tail)) {
            RedZone.write(key, end, tail);
            found.add(misuse(Misuse.Kind.OVERRUN, large, freedAt));
        }
    }

    private static Misuse misuse(Misuse.Kind kind, LargeBlocks.Large large, String freedAt) {
        return new Misuse(kind, LargeBlocks.NAME, large.handle(), large.allocatedAt(), freedAt);
    }

    /** Takes the pages of a block that was freed. */
    void end(LargeBlocks.Large large, List<Misuse> found) {
        String freedAt = place();
        verifyUsed(large, freedAt, found);
        if (!poison) {
            pages.free(large.pages());
            return;
        }
        MemorySegment all = large.pages().segment();
        all.fill(ObjectChecks.POISON);
        synchronized (this) {
            held.add(new Freed(large, freedAt));
            heldBytes += all.byteSize();
            while (held.size() > HELD || heldBytes > HELD_BYTES) {
                release(found);
            }
        }
    }

    /** Gives the pages of the block that was freed first back, and says how many bytes. */
    private long release(List<Misuse> found) {
        Freed freed = held.remove();
        long bytes = freed.block.pages().segment().byteSize();
        heldBytes -= bytes;
        verifyFreed(freed, found);
        pages.free(freed.block.pages());
        return bytes;
    }

    private static void verifyFreed(Freed freed, List<Misuse> found) {
        MemorySegment all = freed.block.pages().segment();
        for (long page = 0; page < all.byteSize(); page += PageAllocator.PAGE_BYTES) {
            if (all.asSlice(page, PageAllocator.PAGE_BYTES).mismatch(POISONED) >= 0) {
                all.fill(ObjectChecks.POISON);
                found.add(misuse(Misuse.Kind.WRITE_AFTER_FREE, freed.block, freed.freedAt));
                return;
            }
        }
    }

    /** Looks at the blocks that are held. */
    synchronized void verifyHeld(List<Misuse> found) {
        held.forEach(freed -> verifyFreed(freed, found));
    }

    /** Gives the pages of held blocks back, until these are so many bytes, and says how many. */
    synchronized long shrink(long bytes, List<Misuse> found) {
        long given = 0;
        while (given < bytes && !held.isEmpty()) {
            given += release(found);
        }
        return given;
    }

    synchronized long heldBytes() {
        return heldBytes;
    }

    /** Whether a block that was freed is held. */
    synchronized boolean isHeld(long handle) {
        return held.stream().anyMatch(freed -> freed.block.handle() == handle);
    }
}
