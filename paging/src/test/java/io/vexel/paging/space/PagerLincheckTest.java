package io.vexel.paging.space;

import java.lang.foreign.MemorySegment;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Pages are linearizable registers: reads without a lock beside writes, prefetch and evictions, in fewer frames than there are pages. By Lincheck
 * in its stress mode; its model checker does not see accesses to foreign memory.
 */
class PagerLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int ITERATIONS = DEEP ? 200 : 3;
    private static final int INVOCATIONS = DEEP ? 2_000 : 60;
    private static final int PAGE = PagerFixture.PAGE;
    private static final int PAGES = 3;
    /** Of other pages that drive these out. */
    private static final int OTHERS = 40;

    private static PagerFixture fixture;
    private static PagedFile file;
    private static AddressSpace space;

    @BeforeAll
    static void open() {
        fixture = new PagerFixture(8, 2_000);
        file = fixture.pager.open(new NaiveSource(PAGE, OTHERS), OTHERS, OTHERS);
        space = fixture.pager.newSpace();
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    /** A word at both ends of a page, which must be the same. */
    private static int read(PageView view, int page) {
        byte[] bytes = new byte[PAGE];
        view.read((long) page * PAGE, MemorySegment.ofArray(bytes));
        return bytes[0] == bytes[PAGE - 1] ? bytes[0] : -1;
    }

    private static MemorySegment filled(int value) {
        byte[] bytes = new byte[PAGE];
        java.util.Arrays.fill(bytes, (byte) value);
        return MemorySegment.ofArray(bytes);
    }

    /** Pages of a file. */
    @Param(name = "page", gen = IntGen.class, conf = "0:2")
    @Param(name = "value", gen = IntGen.class, conf = "1:9")
    public static class FilePages {

        public FilePages() {
            for (int page = 0; page < PAGES; page++) {
                file.write((long) page * PAGE, filled(0));
            }
        }

        @Operation
        public void write(@Param(name = "page") int page, @Param(name = "value") int value) {
            file.write((long) page * PAGE, filled(value));
        }

        @Operation
        public int read(@Param(name = "page") int page) {
            return PagerLincheckTest.read(file, page);
        }

        @Operation
        public void driveOut(@Param(name = "value") int value) {
            long[] others = {10 + value, 20 + value, 30 + value};
            file.prefetch(others, others.length);
            file.read((long) (PAGES + value) * PAGE, MemorySegment.ofArray(new byte[PAGE]));
        }
    }

    /** Pages of a mapping, and forks. */
    @Param(name = "page", gen = IntGen.class, conf = "0:2")
    @Param(name = "value", gen = IntGen.class, conf = "1:9")
    public static class MappedPages {

        private static Mapping last;

        private final Mapping mapping = space.mapAnonymous((long) PAGES * PAGE);

        /** Made by one thread, when nobody uses the one before any more. */
        public MappedPages() {
            if (last != null) {
                space.unmap(last);
            }
            last = mapping;
        }

        @Operation
        public void write(@Param(name = "page") int page, @Param(name = "value") int value) {
            mapping.write((long) page * PAGE, filled(value));
        }

        @Operation
        public int read(@Param(name = "page") int page) {
            return PagerLincheckTest.read(mapping, page);
        }

        /** All pages at one moment. */
        @Operation
        public int snapshot() {
            try (AddressSpace fork = space.fork()) {
                Mapping snapshot = fork.mappingAt(mapping.start());
                int all = 0;
                for (int page = 0; page < PAGES; page++) {
                    all = 10 * all + PagerLincheckTest.read(snapshot, page);
                }
                return all;
            }
        }

        @Operation
        public void driveOut(@Param(name = "value") int value) {
            file.read((long) (PAGES + value) * PAGE, MemorySegment.ofArray(new byte[PAGE]));
        }
    }

    private static void check(Class<?> what) {
        new StressOptions()
                .iterations(ITERATIONS)
                .invocationsPerIteration(INVOCATIONS)
                .threads(2)
                .actorsPerThread(4)
                .actorsBefore(1)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(what);
    }

    @Test
    void file_readsWritesAndEvictions_areLinearizable() {
        check(FilePages.class);
    }

    @Test
    void mapping_readsWritesAndForks_areLinearizable() {
        check(MappedPages.class);
    }
}
