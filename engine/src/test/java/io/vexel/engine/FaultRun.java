package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.distance.Metric;
import io.vexel.engine.Attempts.Failing;
import io.vexel.engine.PointModel.Question;
import io.vexel.engine.PointModel.Row;
import io.vexel.filesystem.Fsck;
import io.vexel.filesystem.FsckOptions;
import io.vexel.filesystem.FsckReport;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.SimulatedClock;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A volume in use while something fails, and the model of what was acknowledged. Each call does its work or throws what it may; an answer is right, or there is
 * none; what failed once is done when it is tried again. In the end all memory has come back, and another volume on the device has everything.
 *
 * <p>On one thread, and with nothing in the background, so that the same run does the same.
 */
final class FaultRun {

    private final Attempts attempts;
    private final MemoryBudget budget;
    private final OpenDevice device;
    private final PointModel model;
    /** Writes that were not acknowledged and may be there all the same. */
    private final List<Doubt> doubts = new ArrayList<>();

    private Optional<Volume> volume = Optional.empty();
    private Optional<Collection> collection = Optional.empty();
    private boolean walks;
    private boolean created;
    private boolean maybeCreated;
    private int questions;

    /** What points may be; empty: gone. */
    private record Doubt(Map<PointId, Optional<Row>> points) {}

    /** @param model what the volume has in the collection; nothing when there is no collection yet */
    FaultRun(Attempts attempts, MemoryBudget budget, OpenDevice device, PointModel model) {
        this.attempts = attempts;
        this.budget = budget;
        this.device = device;
        this.model = model;
        this.created = model.size() > 0;
    }

    PointModel model() {
        return model;
    }

    static VolumeOptions options(MemoryBudget budget) {
        return options(budget, Long.MAX_VALUE);
    }

    private static VolumeOptions options(MemoryBudget budget, long walkedFromBytes) {
        return VolumeOptions.builder()
                .budget(budget)
                .time(new SimulatedClock())
                .executor(Runnable::run)
                .indexThreads(0)
                .walkWhileLoading(walkedFromBytes)
                .withoutPressure()
                .build();
    }

    // ---- the volume

    /** From now on indexes are used where they were saved until somebody has them loaded. */
    void walkSavedIndexes() {
        walks = true;
    }

    void open() {
        VolumeOptions options = options(budget, walks ? 0 : Long.MAX_VALUE);
        attempts.attempt("open", () -> volume = Optional.of(Volume.open(device.opened(), options)));
        if (volume.isEmpty()) {
            assertThat(budget.usedByOwner())
                    .as("memory of a volume that was not opened")
                    .isEmpty();
            assertThat(device.isOpen())
                    .as("the device of a volume that was not opened")
                    .isFalse();
        } else if (created || maybeCreated) {
            use(volume.get());
        }
    }

    private void use(Volume open) {
        if (attempts.attempt("use", () -> collection = open.findCollection(PointModel.NAME))) {
            assertThat(collection.isPresent() || !created).isTrue();
            created = collection.isPresent();
            boolean known = doubts.isEmpty() || with("scan", c -> adopt(PointModel.scanned(c)));
            collection = collection.filter(_ -> known);
        }
    }

    /** What a volume shows that was opened after a write failed is there from now on. */
    private void adopt(Map<PointId, Point> found) {
        checkDoubts(found);
        doubts.forEach(doubt -> doubt.points
                .values()
                .forEach(row -> row.filter(maybe ->
                                maybe.point().equals(found.get(maybe.point().id())))
                        .ifPresent(maybe -> model.put(List.of(maybe)))));
        model.remove(model.ids().stream().filter(id -> !found.containsKey(id)).toList());
        doubts.clear();
    }

    void create() {
        if (volume.isPresent()) {
            created = attempts.attempt(
                    "create", () -> collection = Optional.of(volume.get().createCollection(model.spec())));
            maybeCreated = attempts.failing() == Failing.WRITES;
        }
    }

    /** Another collection comes and goes. */
    void createAndDropAnother() {
        if (volume.isPresent()) {
            CollectionSpec spec = new CollectionSpec("other", 2, Metric.L2);
            boolean there =
                    attempts.attempt("create another", () -> volume.get().createCollection(spec));
            there = there
                    && attempts.attempt(
                            "write another",
                            () -> volume.get().collection("other").upsert(Point.of(1, 1, 2)));
            if (there) {
                attempts.attempt("drop another", () -> volume.get().drop("other"));
            }
        }
    }

    void close() {
        if (volume.isPresent()) {
            Volume open = volume.get();
            volume = Optional.empty();
            collection = Optional.empty();
            // Closed for good at the first call, whatever it throws.
            attempts.once("close", open::close);
            assertThat(budget.usedByOwner()).as("memory after close").isEmpty();
            assertThat(budget.shrinkers()).as("shrinkers after close").isEmpty();
            assertThat(device.isOpen()).as("the device after close").isFalse();
        }
    }

    void reopen() {
        close();
        open();
    }

    // ---- the collection

    /** Does something with the collection, if it is in use. */
    boolean with(String what, Consumer<Collection> work) {
        return collection.isPresent() && attempts.attempt(what, () -> work.accept(collection.get()));
    }

    void upsert(int from, int to, int version) {
        List<Row> rows = model.rows(from, to, version);
        List<Point> points = rows.stream().map(Row::point).toList();
        if (with("upsert " + from + ".." + to, c -> c.upsertAll(points))) {
            model.put(rows);
        } else if (collection.isPresent()) {
            Map<PointId, Optional<Row>> maybe = new HashMap<>();
            rows.forEach(row -> maybe.put(row.point().id(), Optional.of(row)));
            doubt(maybe);
        }
    }

    void delete(int from, int to) {
        List<PointId> ids = PointModel.ids(from, to);
        if (with("delete " + from + ".." + to, c -> c.deleteAll(ids))) {
            model.remove(ids);
        } else if (collection.isPresent()) {
            Map<PointId, Optional<Row>> maybe = new HashMap<>();
            ids.forEach(id -> maybe.put(id, Optional.empty()));
            doubt(maybe);
        }
    }

    private void doubt(Map<PointId, Optional<Row>> maybe) {
        if (attempts.failing() == Failing.WRITES) {
            doubts.add(new Doubt(maybe));
        }
        assertThat(collection.orElseThrow().count())
                .as("points that can be seen after a write that failed")
                .isEqualTo(model.size());
    }

    /** Asks everything. */
    void ask() {
        for (Question question : model.questions(questions++)) {
            with(question.what(), question.ask());
        }
    }

    // ---- the end

    /** Closes, and looks with nothing failing at what is there. */
    void end(Runnable heal) {
        close();
        heal.run();
        MemoryBudget plenty = new MemoryBudget(1L << 40);
        try (Volume after = Volume.open(new SimulatedDevice(device.image(), 1).withoutLog(), options(plenty))) {
            boolean found = after.findCollection(PointModel.NAME).isPresent();
            assertThat(found).as("the collection is there").isEqualTo(created || (found && maybeCreated));
            if (found) {
                checkAfter(after.collection(PointModel.NAME));
            }
        }
        assertThat(plenty.usedByOwner()).isEmpty();
        FsckReport report = Fsck.check(new SimulatedDevice(device.image(), 2).withoutLog(), FsckOptions.defaults());
        assertThat(report.clean()).as("%s", report.findings()).isTrue();
    }

    private void checkAfter(Collection c) {
        checkDoubts(PointModel.scanned(c));
        if (doubts.isEmpty()) {
            model.questions(1_000).forEach(question -> question.ask().accept(c));
        }
        IndexStatus loaded = c.loadIndex();
        assertThat(loaded.problem()).as("the index that was saved").isEmpty();
        assertThat(c.awaitIndexed().problem()).isEmpty();
        assertThat(c.verifyIndex().findings()).isEmpty();
        if (doubts.isEmpty()) {
            model.questions(2_000).forEach(question -> question.ask().accept(c));
        }
        c.compact();
        checkDoubts(PointModel.scanned(c));
        assertThat(c.verifyIndex().findings()).isEmpty();
    }

    /** What was acknowledged is there; what was not may be. */
    private void checkDoubts(Map<PointId, Point> found) {
        Set<PointId> ids = new HashSet<>(model.ids());
        ids.addAll(found.keySet());
        for (PointId id : ids) {
            Set<Optional<Point>> allowed = new HashSet<>();
            allowed.add(model.get(id).map(Row::point));
            doubts.forEach(doubt ->
                    Optional.ofNullable(doubt.points.get(id)).ifPresent(maybe -> allowed.add(maybe.map(Row::point))));
            assertThat(allowed).as("%s", id).contains(Optional.ofNullable(found.get(id)));
        }
    }
}
