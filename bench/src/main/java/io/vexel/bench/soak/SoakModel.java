package io.vexel.bench.soak;

import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The twin of the collection. A point's state is one word, and a later state of a point is a greater word:
 *
 * <pre>
 *  63                    32 31                  1  0
 *  | number of the write   | version of the vector | alive
 * </pre>
 *
 * What a point holds follows from its id and its state. Access: the begun and the acknowledged state of a point are written by its one writer and read by
 * all.
 */
final class SoakModel {

    /** Groups of points by payload. */
    static final int GROUPS = 16;

    /** Distinct words of texts. */
    static final int WORDS = 40;

    private static final int CLUSTERS = 64;
    private static final double SPREAD = 0.6;
    private static final int NUMBER_SHIFT = 32;
    private static final long VERSION_MASK = (1L << NUMBER_SHIFT) - 2;
    private static final Pattern FORM = Pattern.compile("\\{\"n\":(\\d+),\"v\":(\\d+),\"g\":(\\d+),\"t\":\"[^\"]*\"}");

    private final SoakPlan plan;
    private final AtomicLongArray begun;
    private final AtomicLongArray acknowledged;

    SoakModel(SoakPlan plan) {
        this.plan = plan;
        begun = new AtomicLongArray(plan.rows());
        acknowledged = new AtomicLongArray(plan.rows());
    }

    // ---- states

    static boolean isAlive(long state) {
        return (state & 1) != 0;
    }

    private static long state(long number, long version, boolean alive) {
        return number << NUMBER_SHIFT | version << 1 | (alive ? 1 : 0);
    }

    private static long number(long state) {
        return state >>> NUMBER_SHIFT;
    }

    private static long version(long state) {
        return (state & VERSION_MASK) >>> 1;
    }

    /** The state after a write that stores another vector. */
    static long withVector(long before) {
        return state(number(before) + 1, version(before) + 1, true);
    }

    /** The state after a write that stores the same vector with another payload. */
    static long withPayload(long before) {
        return state(number(before) + 1, version(before), true);
    }

    static long deleted(long before) {
        return state(number(before) + 1, version(before), false);
    }

    long begun(int id) {
        return begun.get(id);
    }

    long acknowledged(int id) {
        return acknowledged.get(id);
    }

    /** The acknowledged states of all points, each as it is now or was since the call began. */
    long[] acknowledged() {
        long[] states = new long[plan.rows()];
        for (int id = 0; id < states.length; id++) {
            states[id] = acknowledged.get(id);
        }
        return states;
    }

    static float[] floats(VectorData vector) {
        return ((VectorData.Floats) vector).toArray();
    }

    /** By the writer of the point, before it writes. */
    void begin(int id, long state) {
        begun.set(id, state);
    }

    /** By the writer of the point, when the write was acknowledged. */
    void acknowledge(int id, long state) {
        acknowledged.set(id, state);
    }

    /**
     * By the writer of the point, when the write was refused: the next one gets another number than the refused one had, which so would
     * be found out if it were there all the same.
     */
    long next(int id) {
        long last = begun.get(id);
        long stored = acknowledged.get(id);
        return state(number(last), version(stored), isAlive(stored));
    }

    long live() {
        long live = 0;
        for (int id = 0; id < plan.rows(); id++) {
            live += isAlive(acknowledged.get(id)) ? 1 : 0;
        }
        return live;
    }

    // ---- contents

    private SplittableRandom random(long first, long second) {
        return new SplittableRandom(plan.seed() * 0x9E37_79B9_7F4A_7C15L
                + first * 0xC2B2_AE3D_27D4_EB4FL
                + second * 0x1656_67B1_9E37_79F9L);
    }

    /** The vector of a version of a point: around one of some centers, variance falling from component to component. */
    float[] vector(int id, long version) {
        return vector(random(id, version));
    }

    /** A vector of the same kind that no point has. */
    float[] query(long number) {
        return vector(random(-1, number));
    }

    private float[] vector(SplittableRandom random) {
        SplittableRandom center = random(-2, random.nextInt(CLUSTERS));
        float[] vector = new float[plan.dimension()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) ((center.nextGaussian() + SPREAD * random.nextGaussian()) / Math.sqrt(i + 1));
        }
        return vector;
    }

    private int group(int id, long state) {
        return random(id, number(state)).nextInt(GROUPS);
    }

    static String word(int number) {
        return "word" + number;
    }

    /** What the point holds in that state, which is alive. */
    Point point(int id, long state) {
        SplittableRandom random = random(id, ~number(state));
        String text = word(random.nextInt(WORDS)) + " " + word(random.nextInt(WORDS));
        String payload = "{\"n\":" + number(state) + ",\"v\":" + version(state) + ",\"g\":" + group(id, state)
                + ",\"t\":\"" + text + "\"}";
        return Point.of(PointId.of(id), VectorData.of(vector(id, version(state))))
                .withPayload(payload);
    }

    // ---- checks

    /** The number of the point, which is one of the model's. */
    static int id(PointId id) {
        return (int) ((PointId.Numeric) id).value();
    }

    /**
     * The state that a payload is of.
     *
     * @throws SoakFailure when no write ever stored it
     */
    long stateOf(PointId id, Payload payload) {
        int number = id(id);
        Matcher matcher = FORM.matcher(payload.json());
        if (number < 0 || number >= plan.rows() || !matcher.matches()) {
            throw new SoakFailure("point " + id + " has the payload " + payload.json() + ", which was never stored");
        }
        long state = state(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)), true);
        if (Integer.parseInt(matcher.group(3)) != group(number, state)) {
            throw new SoakFailure("point " + id + " has the payload " + payload.json() + ", which was never stored");
        }
        return state;
    }

    /**
     * Checks a point that was read while others write.
     *
     * @param least the state that was acknowledged before the reading began
     * @throws SoakFailure when it is not what was stored, or older than that, or newer than what was begun since
     */
    void check(Point found, long least) {
        Payload payload =
                found.payload().orElseThrow(() -> new SoakFailure("point " + found.id() + " has lost its payload"));
        long state = stateOf(found.id(), payload);
        int id = id(found.id());
        if (!found.vector().equals(VectorData.of(vector(id, version(state))))) {
            throw new SoakFailure("point " + id + " has another vector than write " + number(state) + " stored");
        }
        long most = begun.get(id);
        if (number(state) < number(least) || number(state) > number(most)) {
            throw new SoakFailure("point " + id + " was read as write " + number(state) + " left it, and is as write "
                    + number(least) + " left it, or a later one up to " + number(most)
                    + (isAlive(least) ? "" : "; it was deleted"));
        }
    }

    /** Whether the point was in this state, which was acknowledged, from then until now. */
    boolean isStill(int id, long state) {
        return begun.get(id) == state;
    }
}
