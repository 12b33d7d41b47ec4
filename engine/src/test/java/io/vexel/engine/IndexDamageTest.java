package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Crc32c;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.IndexStatus.Phase;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.Metric;
import io.vexel.filesystem.FileSystem;
import io.vexel.filesystem.MountOptions;
import io.vexel.testkit.ClosingChecks.NotChecked;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A damaged index is reported, answers stay right without it, and a rebuild mends it. The damage is put below the checksums of the file
 * system, below those of the index's own files, and where no checksum tells.
 */
class IndexDamageTest {

    private static final CollectionSpec SPEC = new CollectionSpec("c", 8, Metric.L2);
    private static final int POINTS = 2_500;
    private static final int FLIPS = Boolean.getBoolean("vexel.deep") ? 2_000 : 60;
    private static final int PAGE_BYTES = 64 * 1024;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static DiskImage image;

    @BeforeAll
    static void fill() {
        SimulatedDevice device = new SimulatedDevice(Disks.formatted(32L << 20, 4096, 41), 41).withoutLog();
        try (Volume volume = Volume.open(device, options())) {
            Collection c = volume.createCollection(SPEC);
            c.upsertAll(
                    IntStream.range(0, POINTS).mapToObj(IndexDamageTest::point).toList());
            c.awaitIndexed();
            c.checkpointIndex();
            c.deleteAll(IntStream.range(0, 50).<PointId>mapToObj(PointId::of).toList());
        }
        image = device.image();
    }

    /** Volumes that use a saved index where it is until somebody has it loaded. */
    private static VolumeOptions walking() {
        return VolumeOptions.builder()
                .budgetBytes(1L << 30)
                .indexThreads(0)
                .walkWhileLoading(0)
                .build();
    }

    private static VolumeOptions options() {
        return VolumeOptions.builder().budgetBytes(1L << 30).indexThreads(0).build();
    }

    private static VectorData vector(int number) {
        Random random = new Random(number * 7919L);
        float[] components = new float[SPEC.dimension()];
        for (int i = 0; i < components.length; i++) {
            components[i] = (float) random.nextGaussian();
        }
        return VectorData.of(components);
    }

    private static Point point(int number) {
        return Point.of(PointId.of(number), vector(number));
    }

    /** Changes one of the index's files as a program would that knows the file system and nothing of the index. */
    private static SimulatedDevice edited(Consumer<Files> edit) {
        SimulatedDevice device = new SimulatedDevice(image, 42).withoutLog();
        try (FileSystem files = FileSystem.open(device, MountOptions.defaults())) {
            edit.accept(new Files(files));
        }
        return new SimulatedDevice(device.image(), 43).withoutLog();
    }

    private record Files(FileSystem files) {

        long inode(String name) {
            long collections =
                    files.lookup(FileSystem.ROOT, "collections").orElseThrow().inode();
            long directory = files.lookup(collections, "c").orElseThrow().inode();
            return files.lookup(directory, name).orElseThrow().inode();
        }

        MemorySegment read(String name) {
            MemorySegment bytes =
                    MemorySegment.ofArray(new byte[(int) files.stat(inode(name)).size()]);
            files.read(inode(name), 0, bytes);
            return bytes;
        }

        void write(String name, MemorySegment bytes) {
            long inode = inode(name);
            files.update(transaction -> {
                transaction.write(inode, 0, bytes);
                transaction.truncate(inode, bytes.byteSize());
            });
        }
    }

    private static void flip(MemorySegment bytes, long bit) {
        byte old = bytes.get(ValueLayout.JAVA_BYTE, bit / 8);
        bytes.set(ValueLayout.JAVA_BYTE, bit / 8, (byte) (old ^ 1 << bit % 8));
    }

    /** Whatever the index is: ids are those of points, each once, with their distances; and a scan finds the true ones. */
    private static void assertNoWrongAnswer(Collection c) {
        for (int q = 0; q < 6; q++) {
            VectorData query = vector(1_000_000 + q);
            SearchRequest.Builder request =
                    SearchRequest.builder(query).k(10).ef(2 * POINTS).includeVectors();
            List<Hit> hits = c.search(request.build()).hits();
            Set<PointId> ids = new HashSet<>();
            for (Hit hit : hits) {
                Point stored = c.get(hit.id()).orElseThrow();
                assertThat(ids.add(hit.id())).isTrue();
                assertThat(hit.vector()).contains(stored.vector());
                assertThat(hit.distance()).isEqualTo(distance(query, stored.vector()), within());
            }
            List<Hit> exact = c.search(request.exact().build()).hits();
            assertThat(exact).hasSize(10);
            assertThat(hits).hasSize(10);
        }
    }

    private static org.assertj.core.data.Offset<Double> within() {
        return org.assertj.core.data.Offset.offset(1e-4);
    }

    private static double distance(VectorData a, VectorData b) {
        double sum = 0;
        for (int i = 0; i < SPEC.dimension(); i++) {
            double difference = ((VectorData.Floats) a).get(i) - ((VectorData.Floats) b).get(i);
            sum += difference * difference;
        }
        return Math.sqrt(sum);
    }

    private static void assertReportedAndMendable(SimulatedDevice device) {
        try (Volume volume = Volume.open(device, options())) {
            Collection c = volume.collection("c");
            IndexStatus status = c.loadIndex();
            assertThat(status.phase()).isEqualTo(Phase.UNUSABLE);
            assertThat(status.problem()).isPresent();
            assertThat(volume.warnings()).anyMatch(warning -> warning.contains("collection c: the index"));
            assertThat(c.verifyIndex().clean()).isFalse();
            assertThat(c.search(SearchRequest.builder(vector(1)).build()).plan().kind())
                    .isEqualTo(SearchPlan.Kind.EXACT_SCAN);
            assertNoWrongAnswer(c);
            c.upsert(point(7));
            c.rebuildIndex();
            assertThat(c.awaitIndexed().problem()).isEmpty();
            assertThat(volume.warnings()).isEmpty();
            assertThat(c.verifyIndex().findings()).isEmpty();
            assertNoWrongAnswer(c);
        }
        try (Volume volume = Volume.open(new SimulatedDevice(device.image(), 44).withoutLog(), options())) {
            assertThat(volume.collection("c").loadIndex().phase()).isEqualTo(Phase.ACTIVE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"index", "index.head", "index.pages"})
    void flippedBits_inAFileOfTheIndex_areReportedAndMended(String name) {
        for (int i = 0; i < FLIPS / 10; i++) {
            Random random = new Random(i * 31L + name.hashCode());
            SimulatedDevice device = edited(files -> {
                MemorySegment bytes = files.read(name);
                flip(bytes, random.nextLong(8 * bytes.byteSize()));
                files.write(name, bytes);
            });
            assertReportedAndMendable(device);
        }
    }

    /** A search comes upon the damage or not; whoever has the index loaded finds it. */
    @Test
    void flippedBits_inPagesThatAreWalked_giveNoWrongAnswerAndAreFoundWhenTheyAreLoaded() {
        for (int i = 0; i < FLIPS / 10; i++) {
            Random random = new Random(i * 37L);
            SimulatedDevice device = edited(files -> {
                MemorySegment bytes = files.read("index.pages");
                for (int flips = 1 + random.nextInt(300); flips > 0; flips--) {
                    flip(bytes, random.nextLong(8 * bytes.byteSize()));
                }
                files.write("index.pages", bytes);
            });
            try (Volume volume = Volume.open(device, walking())) {
                Collection c = volume.collection("c");
                assertNoWrongAnswer(c);
                assertThat(c.indexStatus().phase()).isIn(Phase.LOADING, Phase.UNUSABLE);
                assertThat(c.loadIndex().phase()).isEqualTo(Phase.UNUSABLE);
                assertNoWrongAnswer(c);
            }
            assertReportedAndMendable(new SimulatedDevice(device.image(), 45).withoutLog());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"index", "index.head", "index.pages"})
    void fileOfTheIndex_cutOrLengthened_isReportedAndMended(String name) {
        for (long cut : new long[] {1, 8, 100, Long.MAX_VALUE}) {
            assertReportedAndMendable(edited(files -> {
                MemorySegment bytes = files.read(name);
                files.write(name, bytes.asSlice(0, Math.max(0, bytes.byteSize() - cut)));
            }));
        }
    }

    /** As the file system finds damage: a block that does not match its checksum. */
    @Test
    void damagedBlocks_ofTheFilesOfTheIndex_areReportedAndMended() {
        byte[] magic = "VXHEAD01".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        SimulatedDevice device = new SimulatedDevice(image, 45).withoutLog();
        byte[] block = new byte[4096];
        int hits = 0;
        for (long at = 0; at < image.size(); at += block.length) {
            device.read(at, MemorySegment.ofArray(block));
            if (java.util.Arrays.equals(block, 0, magic.length, magic, 0, magic.length)) {
                block[100] ^= 1;
                device.write(at, MemorySegment.ofArray(block));
                hits++;
            }
        }
        assertThat(hits).isPositive();
        device.flush();
        assertReportedAndMendable(new SimulatedDevice(device.image(), 46).withoutLog());
    }

    /** The head is sealed again after each change, and pages get the checksums of what they hold now. */
    @NotChecked("its contents are wrong")
    @Test
    void wrongContents_underRightChecksums_neverGiveAWrongAnswer() {
        for (int i = 0; i < FLIPS; i++) {
            Random random = new Random(i);
            SimulatedDevice device = edited(files -> {
                MemorySegment head = files.read("index.head");
                MemorySegment pages = files.read("index.pages");
                for (int n = random.nextInt(3); n >= 0; n--) {
                    if (random.nextInt(3) == 0) {
                        flip(head, 8 * 32 + random.nextLong(8 * (head.byteSize() - 40)));
                    } else {
                        flip(pages, random.nextLong(8 * pages.byteSize()));
                    }
                }
                seal(head, pages);
                files.write("index.pages", pages);
                files.write("index.head", head);
            });
            try (Volume volume = Volume.open(device, options())) {
                Collection c = volume.collection("c");
                assertNoWrongAnswer(c);
                c.verifyIndex();
                c.awaitIndexed();
                assertNoWrongAnswer(c);
                c.rebuildIndex();
                assertThat(c.awaitIndexed().problem()).isEmpty();
                assertNoWrongAnswer(c);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + i, e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 100, POINTS - 1, POINTS + 1, 1L << 30, 1L << 40, -1})
    void watermark_thatDoesNotFitTheRows_isReportedAndMended(long watermark) {
        assertReportedAndMendable(edited(files -> {
            MemorySegment head = files.read("index.head");
            head.set(LONG, 48, watermark);
            seal(head, files.read("index.pages"));
            files.write("index.head", head);
        }));
    }

    private static void seal(MemorySegment head, MemorySegment pages) {
        long entries = head.get(INT, 56);
        long at = 64 + (head.get(INT, 36) + 7L) / 8 * 8;
        for (long i = 0; i < entries && at >= 64 && at + 24 <= head.byteSize() - 8; i++, at += 24) {
            long slot = head.get(INT, at + 8);
            if (slot >= 0 && (slot + 1) * PAGE_BYTES <= pages.byteSize()) {
                MemorySegment page = pages.asSlice(slot * PAGE_BYTES, PAGE_BYTES);
                head.set(INT, at + 12, Crc32c.of(head.get(LONG, at), head.get(LONG, at + 16), page));
            }
        }
        head.set(INT, head.byteSize() - 8, Crc32c.of(head.asSlice(0, head.byteSize() - 8)));
    }
}
