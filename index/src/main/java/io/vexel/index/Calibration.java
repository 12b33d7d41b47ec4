package io.vexel.index;

import io.vexel.base.Checks;
import io.vexel.base.CorruptionException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a derived index found of its own rows at ever greater effort: from it, a search that names a recall gets its ef. Made by {@link
 * Calibrator}. Immutable.
 *
 * <p>A curve gives recall@k by ef for one k. Between its rungs recall grows less the greater ef is, so on a logarithmic scale of ef a
 * straight line lies below it. Between two curves ef grows the faster the greater k is, so on logarithmic scales a straight line lies above it. For
 * more results than the last curve has, ef over k stays the same.
 *
 * @param rows rows that were searched, at least 1
 * @param queries how many of them were searched for, at least 1
 * @param millis when, in milliseconds since the epoch
 * @param layout how the index lay in memory; for another layout it is not true
 * @param curves ascending by k, at least one
 */
public record Calibration(long rows, int queries, long millis, Layout layout, List<Curve> curves) {

    /** Most bytes of {@link #encode}. */
    public static final int MAX_BYTES = 4096;

    private static final int VERSION = 1;

    /** With a layout; as the options want it is what there is without. */
    private static final int VERSION_WITH_LAYOUT = 2;

    private static final int NARROWED_CODE = 1;

    private static final int MOST_CURVES = 8;
    private static final int MOST_RUNGS = 32;
    private static final int MOST_QUERIES = 1 << 20;

    /** How an index lies in memory. */
    public enum Layout {
        /** As its options want it. */
        WANTED,
        /** Smaller, because that did not fit the memory budget: {@link DerivedIndex#isNarrowed}. */
        NARROWED;

        /** That of an index now. */
        public static Layout of(DerivedIndex index) {
            return index.isNarrowed() ? NARROWED : WANTED;
        }
    }

    public Calibration {
        curves = List.copyOf(curves);
        Checks.inRange("rows", rows, 1, Integer.MAX_VALUE);
        Checks.inRange("queries", queries, 1, MOST_QUERIES);
        Checks.inRange("millis", millis, 0, Long.MAX_VALUE);
        Checks.inRange("curves", curves.size(), 1, MOST_CURVES);
        for (int i = 1; i < curves.size(); i++) {
            Checks.argument(curves.get(i).k > curves.get(i - 1).k, "k=" + curves.get(i).k + ", allowed: ascending");
        }
    }

    /**
     * Recall of the k nearest by effort.
     *
     * @param k 1..{@value Effort#MAX_EF}
     * @param rungs ascending by ef, at least one
     */
    public record Curve(int k, List<Rung> rungs) {

        public Curve {
            rungs = List.copyOf(rungs);
            Checks.inRange("k", k, 1, Effort.MAX_EF);
            Checks.inRange("rungs", rungs.size(), 1, MOST_RUNGS);
            for (int i = 1; i < rungs.size(); i++) {
                Checks.argument(
                        rungs.get(i).ef > rungs.get(i - 1).ef, "ef=" + rungs.get(i).ef + ", allowed: ascending");
            }
        }

        /** The least effort whose bound, and that of every greater one, reaches the target; empty when there is none. */
        Optional<Choice> reach(double target) {
            int at = rungs.size();
            while (at > 0 && rungs.get(at - 1).bound >= target) {
                at--;
            }
            if (at == rungs.size()) {
                return Optional.empty();
            }
            Rung above = rungs.get(at);
            if (at == 0) {
                return Optional.of(new Choice(above.ef, above.recall));
            }
            Rung below = rungs.get(at - 1);
            double way = (target - below.bound) / (above.bound - below.bound);
            double ef = below.ef * Math.pow((double) above.ef / below.ef, way);
            double recall = below.recall + way * (above.recall - below.recall);
            return Optional.of(new Choice((int) Math.min(above.ef, Math.ceil(ef)), recall));
        }
    }

    /**
     * What was found with one effort.
     *
     * @param ef candidates kept, 1..{@value Effort#MAX_EF}
     * @param recall share of the true nearest that was found, 0..1
     * @param bound what the recall over all queries of this kind is hardly below: the recall less one standard error, 0..1
     */
    public record Rung(int ef, float recall, float bound) {

        public Rung {
            Checks.inRange("ef", ef, 1, Effort.MAX_EF);
            Checks.argument(recall >= 0 && recall <= 1, "recall=" + recall + ", allowed: 0..1");
            Checks.argument(bound >= 0 && bound <= 1, "bound=" + bound + ", allowed: 0..1");
        }
    }

    /**
     * An effort that reaches a target.
     *
     * @param ef candidates to keep
     * @param recall share of the true nearest that is expected
     */
    public record Choice(int ef, double recall) {

        private Choice scaled(double factor) {
            return new Choice((int) Math.min(Effort.MAX_EF, Math.ceil(ef * factor)), recall);
        }
    }

    /**
     * Checks a recall that is asked for.
     *
     * @throws IllegalArgumentException when it is not between 0 and 1, both excluded
     */
    public static double checkTarget(double target) {
        Checks.argument(target > 0 && target < 1, "recallTarget=" + target + ", allowed: more than 0, less than 1");
        return target;
    }

    /**
     * The effort with which a search for k results can be expected to find at least this share of the true ones; empty when no effort that
     * was tried can be.
     *
     * @param target more than 0, less than 1
     * @param k 1 or more
     */
    public Optional<Choice> choose(double target, int k) {
        checkTarget(target);
        Checks.inRange("k", k, 1, Integer.MAX_VALUE);
        int above = 0;
        while (above < curves.size() && curves.get(above).k < k) {
            above++;
        }
        if (above == curves.size()) {
            Curve last = curves.getLast();
            return last.reach(target).map(choice -> choice.scaled((double) k / last.k));
        }
        Optional<Choice> more = curves.get(above).reach(target);
        if (above == 0 || curves.get(above).k == k || more.isEmpty()) {
            return more;
        }
        Curve less = curves.get(above - 1);
        double way = Math.log((double) k / less.k) / Math.log((double) curves.get(above).k / less.k);
        return Optional.of(less.reach(target)
                .map(choice -> between(choice, more.get(), way))
                .orElse(more.get()));
    }

    private static Choice between(Choice a, Choice b, double way) {
        double ef = a.ef * Math.pow((double) b.ef / a.ef, way);
        return new Choice((int) Math.ceil(ef), Math.min(a.recall, b.recall));
    }

    /** The bytes that {@link #decode} reads; little-endian, at most {@value #MAX_BYTES}. */
    public byte[] encode() {
        ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        boolean plain = layout == Layout.WANTED;
        buffer.putInt(plain ? VERSION : VERSION_WITH_LAYOUT).putInt(queries).putLong(rows);
        buffer.putLong(millis).putInt(curves.size());
        if (!plain) {
            buffer.putInt(NARROWED_CODE);
        }
        for (Curve curve : curves) {
            buffer.putInt(curve.k).putInt(curve.rungs.size());
            for (Rung rung : curve.rungs) {
                buffer.putInt(rung.ef).putFloat(rung.recall).putFloat(rung.bound);
            }
        }
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    /**
     * Reads what {@link #encode} wrote; empty when a newer program wrote it: another one can be measured.
     *
     * @throws CorruptionException when it is damaged
     */
    public static Optional<Calibration> decode(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            if (buffer.getInt() > VERSION_WITH_LAYOUT) {
                return Optional.empty();
            }
            Calibration decoded = read(buffer.rewind());
            Checks.argument(!buffer.hasRemaining(), "bytes=" + bytes.length + ", expected " + buffer.position());
            return Optional.of(decoded);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw CheckpointHead.damaged("calibration: " + e.getMessage());
        }
    }

    private static Calibration read(ByteBuffer buffer) {
        int version = Checks.inRange("version", buffer.getInt(), VERSION, VERSION_WITH_LAYOUT);
        int queries = buffer.getInt();
        long rows = buffer.getLong();
        long millis = buffer.getLong();
        int curveCount = Checks.inRange("curves", buffer.getInt(), 1, MOST_CURVES);
        boolean plain = version == VERSION;
        if (!plain) {
            Checks.inRange("layout", buffer.getInt(), NARROWED_CODE, NARROWED_CODE);
        }
        Layout layout = plain ? Layout.WANTED : Layout.NARROWED;
        List<Curve> curves = new ArrayList<>();
        for (int c = 0; c < curveCount; c++) {
            int k = buffer.getInt();
            int rungCount = Checks.inRange("rungs", buffer.getInt(), 1, MOST_RUNGS);
            List<Rung> rungs = new ArrayList<>();
            for (int r = 0; r < rungCount; r++) {
                rungs.add(new Rung(buffer.getInt(), buffer.getFloat(), buffer.getFloat()));
            }
            curves.add(new Curve(k, rungs));
        }
        return new Calibration(rows, queries, millis, layout, curves);
    }
}
