package io.vexel.bench.soak;

import io.vexel.base.CapacityException;
import io.vexel.bench.soak.SoakCounts.Kind;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.engine.Collection;
import io.vexel.engine.PendingWrite;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;

/** Writes batches of its own points, those whose number leaves its own number when it is divided by the number of writers. */
final class SoakWriter {

    private static final int MOST_BATCH = 40;
    private static final int MOST_AT_ONCE = 3;
    private static final double GROWTH = 0.9;

    private final Soak soak;
    private final int number;
    private final SplittableRandom random;

    SoakWriter(Soak soak, int number, long seed) {
        this.soak = soak;
        this.number = number;
        this.random = new SplittableRandom(seed);
    }

    /** One that was handed in. */
    private record Submitted(Map<Integer, Long> states, Kind kind, PendingWrite write) {}

    /** Writes some batches, together or one after the other; returns how many points it wanted to change. */
    int write(Collection collection) {
        List<Submitted> submitted = new ArrayList<>();
        int changes = 0;
        // Batches that are under way together have no point in common: each takes the points of its own third.
        int together = random.nextInt(4) == 0 ? MOST_AT_ONCE : 1;
        for (int part = 0; part < together; part++) {
            changes += submit(collection, part, submitted);
        }
        for (Submitted each : submitted) {
            if (soak.counts().run(each.kind, each.write::await)) {
                each.states.forEach(soak.model()::acknowledge);
            }
        }
        return changes;
    }

    private int submit(Collection collection, int part, List<Submitted> submitted) {
        Map<Integer, Long> live = choose(part, true);
        Map<Integer, Long> dead = choose(part, false);
        double share = random.nextDouble();
        // More points come back than are deleted, so that most are there most of the time.
        if (share < 0.15) {
            return delete(collection, live, submitted);
        }
        if (share < 0.4) {
            return upsert(collection, Kind.PAYLOAD, changed(live, SoakModel::withPayload), submitted);
        }
        Map<Integer, Long> both = changed(dead, SoakModel::withVector);
        if (random.nextDouble() > GROWTH || both.isEmpty()) {
            both.putAll(changed(live, SoakModel::withVector));
        }
        return upsert(collection, Kind.UPSERT, both, submitted);
    }

    /** Some of this writer's points that are there, or are not, with their states. */
    private Map<Integer, Long> choose(int part, boolean alive) {
        Map<Integer, Long> chosen = new LinkedHashMap<>();
        int own = soak.plan().rows() / soak.plan().writers();
        int most = 1 + random.nextInt(MOST_BATCH);
        for (int attempt = 0; attempt < 4 * MOST_BATCH && chosen.size() < most; attempt++) {
            int place = random.nextInt(own);
            int id = place * soak.plan().writers() + number;
            if (place % MOST_AT_ONCE == part && SoakModel.isAlive(soak.model().acknowledged(id)) == alive) {
                chosen.put(id, soak.model().next(id));
            }
        }
        return chosen;
    }

    private static Map<Integer, Long> changed(Map<Integer, Long> states, LongUnaryOperator change) {
        Map<Integer, Long> result = new LinkedHashMap<>();
        states.forEach((id, state) -> result.put(id, change.applyAsLong(state)));
        return result;
    }

    private int delete(Collection collection, Map<Integer, Long> live, List<Submitted> submitted) {
        Map<Integer, Long> states = changed(live, SoakModel::deleted);
        List<PointId> ids = states.keySet().stream().<PointId>map(PointId::of).toList();
        return begin(Kind.DELETE, states, () -> collection.submitDelete(ids), submitted);
    }

    private int upsert(Collection collection, Kind kind, Map<Integer, Long> states, List<Submitted> submitted) {
        List<Point> points = new ArrayList<>();
        states.forEach((id, state) -> points.add(soak.model().point(id, state)));
        return begin(kind, states, () -> collection.submitUpsert(points), submitted);
    }

    private int begin(Kind kind, Map<Integer, Long> states, Supplier<PendingWrite> write, List<Submitted> submitted) {
        if (states.isEmpty()) {
            return 0;
        }
        states.forEach(soak.model()::begin);
        try {
            submitted.add(new Submitted(states, kind, write.get()));
        } catch (CapacityException e) {
            soak.counts().refuse(kind, e);
        }
        return states.size();
    }
}
