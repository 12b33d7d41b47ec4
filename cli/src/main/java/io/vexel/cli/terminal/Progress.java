package io.vexel.cli.terminal;

import io.vexel.base.TimeSource;
import java.util.OptionalDouble;

/**
 * How far a long run has come, on standard error: a bar in one line on a terminal, a plain line every few seconds elsewhere,
 * nothing where nobody asked for it.
 */
public final class Progress {

    private static final long BAR_INTERVAL_NANOS = 100_000_000L;
    private static final long LINE_INTERVAL_NANOS = 5_000_000_000L;
    private static final int BAR_CELLS = 24;

    private final Terminal terminal;
    private final TimeSource time;
    private final String label;
    private final long startNanos;
    private final boolean bar;
    private long lastNanos;
    private int lastWidth;

    /** @param label what is counted, in the plural */
    public Progress(Terminal terminal, TimeSource time, String label) {
        this.terminal = terminal;
        this.time = time;
        this.label = label;
        this.startNanos = time.nanoTime();
        this.lastNanos = startNanos;
        this.bar = terminal.isInteractive(Terminal.Stream.ERR);
    }

    /**
     * Shows the state when it is time to.
     *
     * @param done how many are done
     * @param share how much of the whole that is, 0..1, where known
     */
    public void update(long done, OptionalDouble share) {
        long now = time.nanoTime();
        if (now - lastNanos >= (bar ? BAR_INTERVAL_NANOS : LINE_INTERVAL_NANOS)) {
            lastNanos = now;
            show(line(done, share, now - startNanos));
        }
    }

    /** As {@link #update}, for a run in phases, each with its own share. */
    public void phase(String name, double share) {
        long now = time.nanoTime();
        if (now - lastNanos >= (bar ? BAR_INTERVAL_NANOS : LINE_INTERVAL_NANOS)) {
            lastNanos = now;
            show(shareText(share) + name);
        }
    }

    private String shareText(double share) {
        double fraction = Math.clamp(share, 0, 1);
        int full = (int) (fraction * BAR_CELLS);
        String cells = bar ? "[" + "#".repeat(full) + ".".repeat(BAR_CELLS - full) + "] " : "";
        return cells + (int) (fraction * 100) + " %  ";
    }

    private String line(long done, OptionalDouble share, long elapsed) {
        StringBuilder text = new StringBuilder();
        if (share.isPresent()) {
            text.append(shareText(share.getAsDouble()));
        }
        text.append(Figures.count(done)).append(' ').append(label).append("  ");
        text.append(Figures.rate(Figures.perSecond(done, elapsed))).append("/s");
        if (share.isPresent() && share.getAsDouble() > 0) {
            double left = elapsed / share.getAsDouble() - elapsed;
            text.append("  ").append(Figures.duration((long) Math.max(0, left))).append(" left");
        }
        return text.toString();
    }

    private void show(String text) {
        if (bar) {
            terminal.err().print("\r" + text + " ".repeat(Math.max(0, lastWidth - text.length())));
            terminal.err().flush();
            lastWidth = text.length();
        } else {
            terminal.err().println("vexel: " + text);
        }
    }

    /** Takes the bar away, so that other text can follow. */
    public void clear() {
        if (lastWidth > 0) {
            terminal.err().print("\r" + " ".repeat(lastWidth) + "\r");
            terminal.err().flush();
            lastWidth = 0;
        }
    }

    /** Nanoseconds since the run began. */
    public long elapsedNanos() {
        return time.nanoTime() - startNanos;
    }
}
