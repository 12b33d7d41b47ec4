package io.vexel.index;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the vertices of a graph lie in its image: each at a position of its own, 0 to the number of vertices - 1. The first ones are in an order that was
 * made for them; those that came later lie at the positions that are their numbers, so they need no entry.
 *
 * <p>Four bytes for each vertex of the order, from the budget. It is filled by one thread and does not change after that; any number of threads may
 * read it then.
 */
final class ImageOrder implements AutoCloseable {

    /** Every vertex lies at the position that is its number: the order in which vertices were made. Takes no memory. */
    static final ImageOrder BY_NUMBER = new ImageOrder(0, null);

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final int count;
    private final @Nullable Region region;
    private final long positions;
    private final long byteSize;

    private ImageOrder(int count, @Nullable Region region) {
        this.count = count;
        this.region = region;
        positions = region == null ? 0 : region.address();
        byteSize = region == null ? 0 : region.byteSize();
    }

    /**
     * Memory for an order of so many vertices, none of which has a position yet. What it would take from others is not taken.
     *
     * @param count at least 1
     * @return empty when there is not enough free
     */
    static Optional<ImageOrder> tryAllocate(MemoryBudget budget, String owner, int count) {
        return Region.tryAllocate(budget, owner, 4L * count).map(region -> {
            region.segment().asSlice(0, 4L * count).fill((byte) GraphLayout.NO_VERTEX);
            return new ImageOrder(count, region);
        });
    }

    /** While it is filled: gives a vertex of the order its position. */
    void put(int position, int vertex) {
        ALL.set(INT, positions + 4L * vertex, position);
    }

    /** While it is filled: whether a vertex of the order has a position. */
    boolean has(int vertex) {
        return position(vertex) != GraphLayout.NO_VERTEX;
    }

    int position(int vertex) {
        return vertex < count ? ALL.get(INT, positions + 4L * vertex) : vertex;
    }

    /** The vertex at each position of the order; behind them each lies at its number. On the heap, for as long as an image is written. */
    int[] vertices() {
        int[] vertices = new int[count];
        for (int vertex = 0; vertex < count; vertex++) {
            vertices[position(vertex)] = vertex;
        }
        return vertices;
    }

    /** Whether positions are the numbers of vertices. */
    boolean isByNumber() {
        return count == 0;
    }

    long byteSize() {
        return byteSize;
    }

    @Override
    public void close() {
        if (region != null) {
            region.close();
        }
    }
}
