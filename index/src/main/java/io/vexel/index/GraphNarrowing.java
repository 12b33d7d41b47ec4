package io.vexel.index;

import io.vexel.base.CapacityException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The parts of a graph that are in use, and how a graph goes over from full rows to small ones while it is searched.
 * <pre>
 *   full rows --(an insertion is refused memory)--> sweeps and insertions pause
 *                                                     rows are copied without their neighbor codes: other parts
 *   small rows <--------------------------------------the other parts become the current ones
 *                                                     searches on the old parts end
 *                                                     the old rows are given back; sweeps and insertions go on
 * </pre>
 * <p>A search says in its context which parts it {@link #enter uses}, and looks again whether they are current; who narrows the graph publishes
 * the new parts and then looks at all contexts. So either the search sees the new parts, or it is waited for (hazard pointers: M. Michael,
 * "Hazard Pointers", 2004). What it costs a search is two volatile writes; nothing on its way through the graph is different.
 *
 * <p>{@code parts} is volatile, written with both locks. Insertions hold {@code inserting} shared. Lock order: {@code sweeping}, a context, {@code inserting}.
 */
final class GraphNarrowing {

    private final ContextPool contexts;
    private final ReentrantLock sweeping = new ReentrantLock();
    private final ReentrantReadWriteLock inserting = new ReentrantReadWriteLock();
    private volatile GraphParts parts;

    GraphNarrowing(GraphParts parts, ContextPool contexts) {
        this.parts = parts;
        this.contexts = contexts;
    }

    /** The current parts: during an insertion and a sweep they stay the same, and for whoever reads no rows it does not matter. */
    GraphParts parts() {
        return parts;
    }

    /** The parts that a search may read, until it {@link #leave leaves}. */
    GraphParts enter(GraphContext work) {
        GraphParts current = parts;
        work.uses = current;
        GraphParts seen = parts;
        while (seen != current) {
            current = seen;
            work.uses = current;
            seen = parts;
        }
        return current;
    }

    void leave(GraphContext work) {
        work.uses = null;
    }

    void beginInsertion() {
        inserting.readLock().lock();
    }

    void endInsertion() {
        inserting.readLock().unlock();
    }

    /** Does something when every insertion that runs now has ended, and before another begins. */
    void betweenInsertions(Runnable action) {
        endInsertions();
        try {
            action.run();
        } finally {
            goOn();
        }
    }

    private void endInsertions() {
        inserting.writeLock().lock();
    }

    private void goOn() {
        inserting.writeLock().unlock();
    }

    void beginSweep() {
        sweeping.lock();
    }

    void endSweep() {
        sweeping.unlock();
    }

    /**
     * Makes memory by giving up full rows. By a thread that is neither in an insertion, a sweep nor a search.
     *
     * @param seen the parts that were current before the refused insertion
     * @param refusal of the memory budget
     * @return false when nothing became better: rows are small, or there is no memory for small ones, or the refused request is too large
     */
    boolean narrow(GraphParts seen, CapacityException refusal) {
        if (!seen.store().layout().fullRows()) {
            return false;
        }
        beginSweep();
        endInsertions();
        try {
            if (parts != seen) {
                return true;
            }
            return isWorthIt(seen.store(), refusal) && narrow(seen);
        } finally {
            goOn();
            endSweep();
        }
    }

    /** What {@link #narrow()} would give back. */
    long sparableBytes() {
        VertexStore store = parts.store();
        return store.layout().fullRows() ? store.bytesToSpare() : 0;
    }

    /**
     * Gives up full rows because others need memory. By a thread that is neither in an insertion nor in a sweep.
     *
     * @return false when nothing became better: rows are small, there is no memory for small ones, or the thread is in a search
     */
    boolean narrow() {
        if (contexts.hasUser()) {
            return false;
        }
        beginSweep();
        endInsertions();
        try {
            GraphParts seen = parts;
            return seen.store().layout().fullRows() && narrow(seen);
        } finally {
            goOn();
            endSweep();
        }
    }

    private static boolean isWorthIt(VertexStore store, CapacityException refusal) {
        return !store.fitToGrow().fits() || refusal.requested() - refusal.available() <= store.bytesToSpare();
    }

    /** With both locks. */
    private boolean narrow(GraphParts full) {
        try {
            parts = full.narrowed();
        } catch (CapacityException _) {
            // The caller throws what he was refused himself.
            return false;
        }
        contexts.awaitNone(full);
        full.store().closeRows();
        return true;
    }
}
