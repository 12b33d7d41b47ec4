package io.vexel.index;

import java.util.function.IntUnaryOperator;

/**
 * How near to their neighbors the vertices of a graph lie in its image. Two are near to each other when they are among the same {@value #GROUP}
 * consecutive positions: about what a page of 4 KiB holds of codes at 128 elements and of small rows.
 *
 * @param vertices counted, without free places
 * @param apart how many of them are near to none of their neighbors
 * @param links of all vertices
 * @param near how many of them lead to a vertex that is near
 */
record Locality(long vertices, long apart, long links, long near) {

    /** Consecutive positions from a multiple of it on are a group. */
    static final int GROUP = 32;

    /** One vertex of so many may lie apart from its neighbors before another order is worth the time that it takes. */
    private static final int MANY_APART = 8;

    /** Of the vertices of a store in this order, while nobody changes them. */
    static Locality of(VertexStore store, ImageOrder order) {
        Count count = new Count();
        for (int vertex = 0; vertex < store.count(); vertex++) {
            if (store.ordinal(vertex) >= 0) {
                long links = store.links(vertex);
                count.add(
                        order.position(vertex),
                        store.degree(vertex),
                        slot -> order.position(VertexStore.linkAt(links, slot)));
            }
        }
        return count.locality();
    }

    /** Whether so many vertices lie apart from their neighbors that another order would be better. */
    boolean isPoor() {
        return apart * MANY_APART > vertices;
    }

    /** Share of the links that lead to a vertex that is near; 0 without links. */
    double share() {
        return links == 0 ? 0 : (double) near / links;
    }

    /** Counts vertex by vertex. */
    static final class Count {
        private long vertices;
        private long apart;
        private long links;
        private long near;

        /**
         * Counts a vertex.
         *
         * @param neighbor the position of the neighbor in a slot below the degree
         */
        void add(int position, int degree, IntUnaryOperator neighbor) {
            int nearHere = 0;
            for (int slot = 0; slot < degree; slot++) {
                nearHere += neighbor.applyAsInt(slot) / GROUP == position / GROUP ? 1 : 0;
            }
            vertices++;
            links += degree;
            near += nearHere;
            apart += nearHere == 0 ? 1 : 0;
        }

        Locality locality() {
            return new Locality(vertices, apart, links, near);
        }
    }
}
