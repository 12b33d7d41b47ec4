package io.vexel.memory.slab;

import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageOwner;

/** The pages of a cache: where they come from, and what is done to new slabs and to those that go. */
final class SlabPages {

    private final PageAllocator pages;
    private final int node;
    private final PageOwner slabs;
    private final PageOwner words;
    private final SlabLife life;

    /** What a cache does to the slots of a slab; with no lock held. */
    interface SlabLife {

        /** Makes the objects of a new slab what free objects are. */
        void begin(Slab slab);

        /** Looks at the objects, all of them free, for the last time. */
        void end(Slab slab);

        /** Lets a slab go with objects in use. */
        void abandon(Slab slab);
    }

    /** Who pages are allocated for. */
    record Owners(PageOwner slabs, PageOwner words, PageOwner large) {}

    SlabPages(PageAllocator pages, int node, Owners owners, SlabLife life) {
        this.pages = pages;
        this.node = node;
        this.slabs = owners.slabs;
        this.words = owners.words;
        this.life = life;
    }

    /**
     * A slab with free objects.
     *
     * @throws io.vexel.base.CapacityException when there is no memory
     */
    Slab newSlab(int number, SlotLayout layout) {
        long page = pages.allocateOn(node, slabs, layout.order());
        boolean made = false;
        try {
            Slab slab = new Slab(number, page, pages.segment(page), layout);
            life.begin(slab);
            made = true;
            return slab;
        } finally {
            if (!made) {
                pages.free(page);
            }
        }
    }

    void free(Slab slab) {
        try {
            life.end(slab);
        } finally {
            pages.free(slab.page);
        }
    }

    void abandon(Slab slab) {
        life.abandon(slab);
        pages.free(slab.page);
    }

    /**
     * A page of words of slots never used.
     *
     * @throws io.vexel.base.CapacityException when there is no memory
     */
    SlotTable.WordPage newWords(SlotTable table) {
        long page = pages.allocateOn(node, words, 0);
        SlotTable.WordPage made = new SlotTable.WordPage(page, pages.address(page));
        table.prepare(made.address());
        return made;
    }

    void freeWords(SlotTable.WordPage made) {
        pages.free(made.page());
    }
}
