package io.vexel.collection.store;

import io.vexel.base.CorruptionException;
import io.vexel.base.DeviceException;
import io.vexel.index.Cancellation;
import io.vexel.index.RowFilter;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/** Holds payloads against a filter; each thread of a search works on a window of its own. */
public final class PayloadFilter implements RowFilter {

    private static final int WINDOW_BYTES = 1 << 16;

    private final FilterProgram program;
    private final ReadView view;
    private final Cancellation cancellation;
    private final int windowBytes;
    private final ConcurrentLinkedQueue<PayloadWindow> windows = new ConcurrentLinkedQueue<>();
    private final LongAdder checked;
    private final AtomicBoolean failed;

    /** @param cancellation asked before each payload is read */
    PayloadFilter(FilterProgram program, ReadView view, Cancellation cancellation) {
        this.program = program;
        this.view = view;
        this.cancellation = cancellation;
        windowBytes = WINDOW_BYTES;
        checked = new LongAdder();
        failed = new AtomicBoolean();
    }

    private PayloadFilter(PayloadFilter other, int windowBytes) {
        program = other.program;
        view = other.view;
        cancellation = other.cancellation;
        this.windowBytes = windowBytes;
        checked = other.checked;
        failed = other.failed;
    }

    /** The same filter for rows that lie far apart: it reads no more than the payload that it is asked about. They count together. */
    PayloadFilter forScatteredRows() {
        return new PayloadFilter(this, 0);
    }

    @Override
    public boolean accepts(long ordinal) {
        if (!view.hasPayload(ordinal)) {
            return program.matchesWithoutPayload();
        }
        cancellation.check();
        checked.increment();
        PayloadWindow window = windows.poll();
        if (window == null) {
            window = new PayloadWindow(view, windowBytes);
        }
        boolean[] matches = new boolean[1];
        try {
            window.read(ordinal, (json, offset, length) -> matches[0] = program.matches(json, offset, length));
        } catch (CorruptionException | DeviceException e) {
            failed.set(true);
            throw e;
        }
        windows.add(window);
        return matches[0];
    }

    /** Payloads that were read and held against the filter. */
    public long checked() {
        return checked.sum();
    }

    /** Whether a payload was damaged, or could not be read. */
    boolean hasFailed() {
        return failed.get();
    }
}
