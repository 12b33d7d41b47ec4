package io.vexel.collection.payload;

import java.util.function.IntPredicate;
import org.roaringbitmap.RoaringBitmap;

/**
 * Which rows are dead in a published state.
 *
 * @param version of the state
 * @param isDead for rows of the state and later ones, of which none is dead
 */
public record Deaths(int version, IntPredicate isDead) {

    /** How many rows are dead among {@code first..end - 1}. */
    int count(int first, int end) {
        int dead = 0;
        for (int row = first; row < end && version > 0; row++) {
            dead += isDead.test(row) ? 1 : 0;
        }
        return dead;
    }

    /** The dead among the rows {@code first..end - 1}. */
    RoaringBitmap between(int first, int end) {
        RoaringBitmap dead = new RoaringBitmap();
        if (version > 0) {
            for (int row = first; row < end; row++) {
                if (isDead.test(row)) {
                    dead.add(row);
                }
            }
        }
        return dead;
    }
}
