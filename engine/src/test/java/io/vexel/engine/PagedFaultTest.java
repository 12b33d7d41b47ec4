package io.vexel.engine;

import static io.vexel.engine.PagedVolume.K;
import static io.vexel.engine.PagedVolume.POINTS;
import static io.vexel.engine.PagedVolume.nearest;
import static io.vexel.engine.PagedVolume.points;
import static io.vexel.engine.PagedVolume.truth;
import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.engine.Attempts.Failing;
import io.vexel.memory.MemoryBudget;
import io.vexel.testkit.Fault;
import io.vexel.testkit.FaultRule;
import io.vexel.testkit.ReservationFaults;
import io.vexel.testkit.SimulatedDevice;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A collection that fits its budget in no way, rows from a cache and a graph from pages, while the n-th reservation is refused, or the n-th read or write
 * fails: answers are right or errors, all memory comes back, and what was acknowledged is there.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagedFaultTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int NEW = 20;

    /** So many are struck at most, evenly spread. */
    private static final int SOME = DEEP ? 400 : 4;

    /** One volume, and what was acknowledged. */
    private static final class Run {

        private final OpenDevice device = new OpenDevice(PagedVolume.image());
        private final Attempts attempts;
        private final MemoryBudget budget;
        private final PointId gone = truth().getFirst().getFirst().id();
        private Optional<Volume> volume = Optional.empty();
        private boolean written;
        private boolean deleted;

        Run(Attempts attempts, MemoryBudget budget) {
            this.attempts = attempts;
            this.budget = budget;
        }

        Run work() {
            attempts.attempt(
                    "open", () -> volume = Optional.of(Volume.open(device.opened(), FaultRun.options(budget))));
            if (volume.isPresent()) {
                Volume open = volume.get();
                if (attempts.attempt("use", () -> open.collection("c"))) {
                    use(open.collection("c"));
                }
                attempts.once("close", open::close);
            }
            assertThat(budget.usedByOwner()).as("memory after close").isEmpty();
            assertThat(device.isOpen()).as("the device after close").isFalse();
            return this;
        }

        private void use(Collection c) {
            attempts.attempt("load the index", c::loadIndex);
            ask(c);
            attempts.attempt("get", () -> get(c));
            written = attempts.attempt("upsert", () -> c.upsertAll(points(POINTS, POINTS + NEW)));
            ask(c);
            attempts.attempt(
                    "search exactly",
                    () -> assertThat(c.search(nearest(3).exact().threads(2).build())
                                    .hits())
                            .isEqualTo(truth().get(3)));
            deleted = attempts.attempt("delete", () -> c.delete(gone));
            ask(c);
            attempts.attempt("save the index", c::checkpointIndex);
            assertThat(c.count()).isEqualTo(POINTS + (written ? NEW : 0) - (deleted ? 1 : 0));
        }

        private void ask(Collection c) {
            for (int q = 0; q < 4; q++) {
                int query = q;
                attempts.attempt("search", () -> {
                    List<Hit> hits = c.search(nearest(query).build()).hits();
                    assertThat(hits).hasSize(K);
                    check(hits, query);
                });
            }
        }

        private void check(List<Hit> hits, int query) {
            VectorData.Floats asked = (VectorData.Floats) PagedVolume.vector(1_000_000 + query);
            Set<PointId> seen = new HashSet<>();
            for (Hit hit : hits) {
                assertThat(seen.add(hit.id())).as("%s once", hit.id()).isTrue();
                assertThat(deleted && hit.id().equals(gone)).isFalse();
                int id = (int) ((PointId.Numeric) hit.id()).value();
                assertThat(id).isLessThan(POINTS + (written ? NEW : 0));
                VectorData.Floats found = (VectorData.Floats) PagedVolume.vector(id);
                double sum = 0;
                for (int i = 0; i < asked.dimension(); i++) {
                    double difference = asked.get(i) - found.get(i);
                    sum += difference * difference;
                }
                assertThat(hit.distance()).isCloseTo(Math.sqrt(sum), Percentage.withPercentage(0.01));
            }
        }

        private void get(Collection c) {
            List<PointId> ids = IntStream.iterate(7, id -> id < POINTS, id -> id + 211)
                    .<PointId>mapToObj(PointId::of)
                    .filter(id -> !id.equals(gone))
                    .toList();
            List<Point> points =
                    c.getAll(ids).stream().flatMap(Optional::stream).toList();
            assertThat(points).extracting(Point::id).isEqualTo(ids);
            points.forEach(point -> assertThat(point.vector())
                    .isEqualTo(PagedVolume.vector((int) ((PointId.Numeric) point.id()).value())));
        }

        /** Another volume has what was acknowledged. */
        void lookAfter() {
            device.heal();
            MemoryBudget plenty = MemoryBudget.unlimited();
            try (Volume after =
                    Volume.open(new SimulatedDevice(device.image(), 5).withoutLog(), FaultRun.options(plenty))) {
                Collection c = after.collection("c");
                assertThat(c.loadIndex().problem()).isEmpty();
                if (written) {
                    points(POINTS, POINTS + NEW)
                            .forEach(point -> assertThat(c.get(point.id())).contains(point));
                }
                if (deleted) {
                    assertThat(c.get(gone)).isEmpty();
                }
                get(c);
            }
            assertThat(plenty.usedByOwner()).isEmpty();
        }
    }

    private static long reservations(Failing failing, long nth, boolean forGood) {
        ReservationFaults faults = ReservationFaults.ofAll();
        Attempts attempts = new Attempts(failing, forGood);
        Run run = new Run(attempts, PagedVolume.tooLittle(faults));
        long after = failing == Failing.NOTHING ? Long.MAX_VALUE : nth;
        if (forGood) {
            faults.refuseForGood(after);
        } else {
            faults.refuseOnce(after);
        }
        try {
            run.work();
            faults.heal();
            run.lookAfter();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("reservation " + nth + (forGood ? " for good; " : "; ") + faults, e);
        }
        return failing == Failing.NOTHING ? faults.seen() : faults.struck();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nthReservation_refused_answersAreRightOrErrors(boolean forGood) {
        long all = reservations(Failing.NOTHING, 0, false);
        assertThat(all).isGreaterThan(20);
        double step = Math.max(1, (double) all / SOME);
        for (double nth = step / 2; nth < all; nth += step) {
            assertThat(reservations(Failing.MEMORY, (long) nth, forGood)).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"READ_ERROR", "WRITE_ERROR", "FLUSH_ERROR"})
    void nthOperationOfTheDevice_fails_answersAreRightOrErrors(Fault fault) {
        OpenDevice counted = new Run(new Attempts(Failing.NOTHING, false), PagedVolume.tooLittle()).work().device;
        long all = switch (fault) {
            case READ_ERROR -> counted.reads();
            case FLUSH_ERROR -> counted.flushes();
            default -> counted.writes();
        };
        int failures = 0;
        double step = Math.max(1, (double) all / SOME);
        for (double nth = step / 2; nth < all; nth += step) {
            boolean forGood = (long) (nth / step) % 2 == 0;
            Attempts attempts = new Attempts(fault == Fault.READ_ERROR ? Failing.READS : Failing.WRITES, forGood);
            Run run = new Run(attempts, PagedVolume.tooLittle());
            run.device.inject(forGood ? FaultRule.afterCall(fault, (long) nth) : FaultRule.onCall(fault, (long) nth));
            try {
                run.work().lookAfter();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(fault + " at call " + (long) nth + (forGood ? " for good" : ""), e);
            }
            failures += attempts.failures();
        }
        assertThat(failures).as("calls that failed").isPositive();
    }
}
