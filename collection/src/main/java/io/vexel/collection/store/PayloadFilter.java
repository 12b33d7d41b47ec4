package io.vexel.collection.store;

import io.vexel.index.RowFilter;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * Holds payloads against a filter. Payloads lie in the order of the rows, so a window of the file is read at a time; each thread of
 * a search works on a window of its own.
 */
public final class PayloadFilter implements RowFilter {

    private static final int WINDOW_BYTES = 1 << 16;

    private final FilterProgram program;
    private final ReadView view;
    private final ConcurrentLinkedQueue<Window> windows = new ConcurrentLinkedQueue<>();
    private final LongAdder checked = new LongAdder();

    PayloadFilter(FilterProgram program, ReadView view) {
        this.program = program;
        this.view = view;
    }

    private static final class Window {
        byte[] bytes = new byte[WINDOW_BYTES];
        long start;
        int length;
    }

    @Override
    public boolean accepts(long ordinal) {
        if (!view.hasPayload(ordinal)) {
            return program.matchesWithoutPayload();
        }
        checked.increment();
        Window window = windows.poll();
        if (window == null) {
            window = new Window();
        }
        boolean matches = matches(window, view.payloadOffset(ordinal), view.payloadLength(ordinal));
        windows.add(window);
        return matches;
    }

    private boolean matches(Window window, long offset, int length) {
        if (offset < window.start || offset + length > window.start + window.length) {
            fill(window, offset, length);
        }
        return program.matches(window.bytes, (int) (offset - window.start), length);
    }

    private void fill(Window window, long offset, int length) {
        if (length > window.bytes.length) {
            window.bytes = new byte[length];
        }
        // Not valid while it is being filled: a read that fails must not leave old bytes under a new start.
        window.length = 0;
        window.length = view.readPayloadsUpTo(offset, MemorySegment.ofArray(window.bytes), length);
        window.start = offset;
    }

    /** Payloads that were read and held against the filter. */
    public long checked() {
        return checked.sum();
    }
}
