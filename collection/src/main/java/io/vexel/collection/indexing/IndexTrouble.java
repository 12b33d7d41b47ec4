package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.base.VexelException;
import io.vexel.collection.IndexStatus;
import java.util.Optional;

/**
 * What keeps the index of a collection from following it: a problem, which stays until the index is replaced, or a shortage of memory, which passes. Both
 * fields are volatile; a shortage is written by whoever was refused memory and by whoever tries again.
 */
final class IndexTrouble {

    private final IndexedRows rows;
    private final Indexers indexers;
    private volatile Optional<IndexProblem> problem = Optional.empty();
    /** Memory that there was not enough of; the work goes on when there is more. */
    private volatile Optional<Shortage> shortage = Optional.empty();

    /** @param indexers are told of trouble, since others may wait for work that it ends */
    IndexTrouble(IndexedRows rows, Indexers indexers) {
        this.rows = rows;
        this.indexers = indexers;
    }

    Optional<String> problem() {
        return problem.map(IndexProblem::text);
    }

    boolean hasProblem() {
        return problem.isPresent();
    }

    boolean hasShortage() {
        return shortage.isPresent();
    }

    void forgetProblem() {
        problem = Optional.empty();
    }

    /** The work is tried again. */
    void forgetShortage() {
        shortage = Optional.empty();
    }

    /** What is said of a failure. */
    String text(String what, Throwable failure) {
        String text = failure instanceof VexelException known ? known.getMessage() : String.valueOf(failure);
        return "collection " + rows.spec().name() + ": " + what + text;
    }

    void fail(String what, Throwable failure) {
        problem = Optional.of(new IndexProblem(text(what, failure), failure));
        indexers.signal();
    }

    /** Work that memory was refused for goes on when there is more; whatever else was refused stays so. */
    void failOrWait(String what, CapacityException refused) {
        if (refused.isAboutMemory()) {
            boolean known = hasShortage();
            shortage = Optional.of(Shortage.of(refused, rows.budget()));
            // Who was refused again, such as a sweep, which is tried all the same, must not wake itself.
            if (!known) {
                indexers.signal();
            }
        } else {
            fail(what, refused);
        }
    }

    /** False while there is no more memory than when it was refused. */
    boolean mayGrow() {
        if (shortage.filter(refused -> !refused.isOver(rows.budget())).isPresent()) {
            return false;
        }
        shortage = Optional.empty();
        return true;
    }

    /**
     * Throws what kept the index from being loaded, if it is nothing that is wrong with the index itself.
     *
     * @throws CapacityException when there is no memory for it
     * @throws io.vexel.base.DeviceException when it could not be read
     */
    void throwIfUnread() {
        problem.ifPresent(IndexProblem::throwIfUnread);
        if (problem.isEmpty() && shortage.isPresent()) {
            throw shortage.get().refusal(rows.spec().name());
        }
    }

    /** What it is, in plain words; empty when there is none. */
    Optional<String> text() {
        return problem().or(() -> shortage().map(IndexStatus.Shortage::text));
    }

    /** The memory that is waited for. */
    Optional<IndexStatus.Shortage> shortage() {
        return shortage.map(refused -> refused.status(rows.spec().name()));
    }
}
