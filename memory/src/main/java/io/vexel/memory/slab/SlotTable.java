package io.vexel.memory.slab;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a cache knows of its slots: a word for each, which says whether it is in use and how often it was, and the addresses of slabs. Words
 * lie in pages of their own, away from what owners write to, and stay when a slab goes, so that handles of its objects are never good again.
 *
 * <pre>
 *   word    31                      9   8   7       0      handle  63        32 31        0
 *           +-----------------------+------+--------+              +-----------+-----------+
 *           |      generation       | used | cache  |              |   word    |   slot    |
 *           +-----------------------+------+--------+              +-----------+-----------+
 * </pre>
 *
 * Using a slot and freeing it both add one at bit 8: used turns, and the generation grows with every free. So a handle is good if and only if
 * the slot's word is the handle's upper half, which one comparison tells. Who frees claims the word by compare-and-set: of two who free the
 * same object, one is told. Invariant: the word of a slot that is not in use belongs to whoever holds the slot, a slab, a magazine or the
 * depot, so using it needs no atomic operation.
 *
 * <p>Tables grow under the lock of the cache; everything else is for any thread.
 */
final class SlotTable {

    /** Slots whose words share a page. */
    static final int PAGE_SLOTS = 1 << 10;

    private static final int PAGE_SHIFT = 10;

    private static final int USED = 1 << 8;
    private static final int STEP = 1 << 8;
    private static final int CACHE_MASK = 0xFF;
    private static final int GENERATION_MASK = -1 << 9;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final long WORD_MASK = 0xFFFF_FFFFL;
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final int cache;
    private long seed;
    private final SlotLayout layout;
    private final int shift;
    private final int mask;
    private final long slotBytes;
    private final List<WordPage> wordPages;
    private volatile @Nullable Slab[] slabs = {};

    /** Addresses of words, by their pages. */
    private volatile long[] words = {};

    /** Addresses of the first objects of slabs. */
    private volatile long[] firstObjects = {};

    /** A page with words. */
    record WordPage(long page, long address) {}

    /**
     * A table without slabs.
     *
     * @param seed of the generations that slots begin with
     * @param predecessor of a cache that was closed, whose number and words this one takes over
     */
    SlotTable(int cache, long seed, SlotLayout layout, @Nullable SlotTable predecessor) {
        this.cache = cache;
        this.seed = seed;
        this.layout = layout;
        this.shift = layout.shift();
        this.mask = (1 << shift) - 1;
        this.slotBytes = layout.slotBytes();
        this.wordPages = new ArrayList<>();
        if (predecessor != null) {
            predecessor.wordPages.forEach(this::addWords);
        }
    }

    /** Number of the cache. */
    int cache() {
        return cache;
    }

    /** Number of the cache that gave a handle. */
    static int cacheOf(long handle) {
        return (int) (handle >>> Integer.SIZE) & CACHE_MASK;
    }

    static int slotOf(long handle) {
        return (int) handle;
    }

    /** Whether there are words for a slot. */
    boolean covers(int slot) {
        return slot >>> PAGE_SHIFT < words.length;
    }

    /** Adds words for the next slots, which {@link #prepare} made. */
    void addWords(WordPage page) {
        long[] grown = Arrays.copyOf(words, words.length + 1);
        grown[words.length] = page.address;
        words = grown;
        wordPages.add(page);
    }

    /**
     * Makes a page one of words of slots never used, of generations that nobody can guess, so that handles of other allocators, or made up, are
     * no good either.
     */
    void prepare(long address) {
        for (int i = 0; i < PAGE_SLOTS; i++) {
            ALL.set(ValueLayout.JAVA_INT, address + (long) i * Integer.BYTES, firstWord(i));
        }
    }

    /** The word that a slot begins with; slots at the same place in their page of words begin alike. */
    private int firstWord(int slot) {
        long mixed = (seed ^ (slot & (PAGE_SLOTS - 1))) * GOLDEN;
        mixed = (mixed ^ (mixed >>> 29)) * GOLDEN;
        return ((int) (mixed >>> Integer.SIZE) & GENERATION_MASK) | cache;
    }

    /** Pages with words. */
    List<WordPage> wordPages() {
        return wordPages;
    }

    /**
     * Begins anew, without slabs and without words, whose pages the caller gives back. Generations begin elsewhere, so that handles which were given so far
     * are not told from others for certain, but are good by chance only.
     */
    List<WordPage> forgetWords() {
        List<WordPage> forgotten = List.copyOf(wordPages);
        wordPages.clear();
        words = new long[0];
        seed += GOLDEN;
        return forgotten;
    }

    /** Makes a slab known, or forgotten with null. */
    void setSlab(int number, @Nullable Slab slab) {
        if (number >= slabs.length) {
            int length = Math.max(8, 2 * number);
            firstObjects = Arrays.copyOf(firstObjects, length);
            slabs = Arrays.copyOf(slabs, length);
        }
        firstObjects[number] = slab == null ? 0 : slab.firstSlot + layout.leadBytes();
        slabs[number] = slab;
    }

    /** The slab of a slot. */
    Slab slab(int slot) {
        return Objects.requireNonNull(slabs[slot >>> shift]);
    }

    /** The slab of a number; null when there is none, or it is being made. */
    @Nullable
    Slab slabIfKnown(int number) {
        @Nullable Slab[] known = slabs;
        return number < known.length ? known[number] : null;
    }

    /** Place of a slot in its slab. */
    int indexInSlab(int slot) {
        return slot & mask;
    }

    int firstSlot(int slab) {
        return slab << shift;
    }

    /** Takes a slot that the caller holds into use. */
    long use(int slot) {
        long at = wordAddress(slot);
        int word = ALL.get(ValueLayout.JAVA_INT, at) + STEP;
        assert (word & USED) != 0 : "slot " + slot + " is in use already";
        ALL.set(ValueLayout.JAVA_INT, at, word);
        return ((long) word << Integer.SIZE) | slot;
    }

    /**
     * Claims an object for being freed.
     *
     * @throws MisuseException when the handle is not of an object in use
     */
    void claim(long handle) {
        int slot = (int) handle;
        int word = (int) (handle >>> Integer.SIZE);
        long[] table = words;
        int page = slot >>> PAGE_SHIFT;
        if (page >= table.length
                || (word & USED) == 0
                || !INT.compareAndSet(ALL, wordAddress(table[page], slot), word, word + STEP)) {
            throw wrong(handle, Misuse.Kind.DOUBLE_FREE);
        }
    }

    /** Whether a handle is of an object in use. */
    boolean isUsed(long handle) {
        int slot = (int) handle;
        int word = (int) (handle >>> Integer.SIZE);
        long[] table = words;
        int page = slot >>> PAGE_SHIFT;
        return page < table.length
                && (word & USED) != 0
                && ALL.get(ValueLayout.JAVA_INT, wordAddress(table[page], slot)) == word;
    }

    /** The handle that a slot has, or had last when it is not in use. */
    long handleOfSlot(int slot) {
        int word = ALL.get(ValueLayout.JAVA_INT, wordAddress(slot));
        return (((word & USED) != 0 ? word : word - STEP) & WORD_MASK) << Integer.SIZE | slot;
    }

    /** Makes the handles of a slab no good any more, whoever has them. */
    void invalidate(Slab slab) {
        int first = firstSlot(slab.number);
        for (int slot = first; slot < first + slab.objects(); slot++) {
            if (isSlotUsed(slot)) {
                claim(handleOfSlot(slot));
            }
        }
    }

    /** Whether a slot is in use. */
    boolean isSlotUsed(int slot) {
        return (ALL.get(ValueLayout.JAVA_INT, wordAddress(slot)) & USED) != 0;
    }

    /**
     * The address of an object.
     *
     * @throws MisuseException when the handle is not of an object in use
     */
    long address(long handle) {
        if (!isUsed(handle)) {
            throw wrong(handle, Misuse.Kind.USE_AFTER_FREE);
        }
        return addressOfSlot((int) handle);
    }

    /** The address of the object in a slot, in use or not. */
    long addressOfSlot(int slot) {
        return firstObjects[slot >>> shift] + (slot & mask) * slotBytes;
    }

    /** The object of a slot of a slab, in use or not, and known to this table or not. */
    MemorySegment segment(Slab slab, int slot) {
        long offset = slab.firstSlot + layout.leadBytes() + (slot & mask) * slotBytes - slab.memory.address();
        return slab.memory.asSlice(offset, layout.objectBytes());
    }

    private static long wordAddress(long page, int slot) {
        return page + (long) (slot & (PAGE_SLOTS - 1)) * Integer.BYTES;
    }

    private long wordAddress(int slot) {
        return wordAddress(words[slot >>> PAGE_SHIFT], slot);
    }

    /** @param stale what it is when the handle was good once */
    private MisuseException wrong(long handle, Misuse.Kind stale) {
        int slot = (int) handle;
        int word = (int) (handle >>> Integer.SIZE);
        boolean known = covers(slot) && (word & USED) != 0 && (word & CACHE_MASK) == cache;
        int now = known ? (int) INT.getAcquire(ALL, wordAddress(slot)) : 0;
        // A handle was good once if it lies between the first word and the word of now; words go round.
        int first = known ? firstWord(slot) : 0;
        boolean old = known && Integer.compareUnsigned(word - first, now - first) < 0;
        return new MisuseException(new Misuse(
                old ? stale : Misuse.Kind.FOREIGN_HANDLE, layout.spec().name(), handle, "", ""));
    }
}
