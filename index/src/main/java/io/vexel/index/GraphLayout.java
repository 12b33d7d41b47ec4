package io.vexel.index;

import io.vexel.distance.NeighborCodes;
import io.vexel.distance.PackedCodes;
import io.vexel.distance.ScalarCodes;

/**
 * Where the parts of a vertex lie: its codes in one array, its row in another, so that a distance reads no links and a hop reads one
 * run of bytes.
 * <pre>
 * row      block of neighbor codes (full rows only)     {@link NeighborCodes}
 *          32 x int  neighbors, -1 where there is none
 *          64 bytes  header
 * header   0  int    degree: slots 0..degree-1 are taken
 *          4  int    fillers: a bit for each slot whose neighbor another neighbor hides
 *          8  int    ordinal, -1 when the place is free
 *         12  int    in-degree: rows that link here
 *         16  int    changed since the last checkpoint: 1 row, 2 codes
 *         20  int    lock, 1 when taken
 *         24  int    kept: a bit for each slot whose link belongs to the tree, see {@link GraphTree}
 * </pre>
 *
 * @param dimension of the codes, a multiple of 16
 * @param fullRows whether rows have neighbor codes; only where codes are not packed
 * @param packed whether codes are {@link PackedCodes}, not {@link ScalarCodes}
 */
record GraphLayout(int dimension, boolean fullRows, boolean packed) {

    /** Most neighbors of a vertex. */
    static final int LINKS = NeighborCodes.COUNT;

    static final int NO_VERTEX = -1;

    static final int DEGREE = 0;
    static final int FILLERS = 4;
    static final int ORDINAL = 8;
    static final int IN_DEGREE = 12;
    static final int CHANGED = 16;
    static final int LOCK = 20;
    static final int KEPT = 24;

    private static final int HEADER_BYTES = 64;

    /** Bytes of a small row: the neighbors and the header, which are the end of a full one. */
    static final int SMALL_ROW_BYTES = 4 * LINKS + HEADER_BYTES;

    /** The same vertices with small rows. */
    GraphLayout narrowed() {
        return new GraphLayout(dimension, false, packed);
    }

    /** Which rows it has. */
    GraphSpec.Rows rows() {
        return fullRows ? GraphSpec.Rows.FULL : GraphSpec.Rows.SMALL;
    }

    /** Bytes of a vertex's codes. */
    int codeBytes() {
        return packed ? PackedCodes.bytes(dimension) : ScalarCodes.bytes(dimension);
    }

    /** Bytes of the seven-bit codes of a vector that vertices are compared with. */
    int sevenBitBytes() {
        return packed ? PackedCodes.unpackedBytes(dimension) : ScalarCodes.bytes(dimension);
    }

    /** Offset of the neighbors in a row. */
    int linksOffset() {
        return fullRows ? NeighborCodes.blockBytes(dimension) : 0;
    }

    /** Offset of the header in a row. */
    int headerOffset() {
        return linksOffset() + 4 * LINKS;
    }

    int rowBytes() {
        return linksOffset() + SMALL_ROW_BYTES;
    }
}
