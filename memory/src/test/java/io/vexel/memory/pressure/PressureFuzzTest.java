package io.vexel.memory.pressure;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.linux.Numbers;
import io.vexel.memory.linux.SystemFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files of the system: what reads them gives figures within their ranges, or nothing, and never fails. */
class PressureFuzzTest {

    private static final long SEED = 20_261_128;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    @TempDir
    Path directory;

    private static String mutate(String text, SplittableRandom random) {
        StringBuilder result = new StringBuilder(text);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(result.length() + 1);
            switch (random.nextInt(5)) {
                case 0 -> result.setLength(at);
                case 1 -> result.insert(at, (char) random.nextInt(256));
                case 2 -> result.insert(at, result.substring(at));
                case 3 ->
                    result.insert(
                            at,
                            List.of("-1", " ", "\n", "99999999999999999999", "/../", "\\777", ":", "\0")
                                    .get(random.nextInt(8)));
                default -> {
                    if (at < result.length()) {
                        result.setCharAt(at, (char) random.nextInt(256));
                    }
                }
            }
        }
        return result.toString();
    }

    @Test
    void parsers_mutatedTexts_giveFiguresWithinTheirRangesOrNothing() {
        String stalls = "some avg10=12.34 avg60=1.00 avg300=0.00 total=1234567\nfull avg10=0.00 avg60=0.00 total=89\n";
        String keyed = "anon 1234\ninactive_file 18446744073709551615\nmax 7\n";
        int refused = 0;
        int count = DEEP ? 400_000 : 20_000;
        for (int i = 0; i < count; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            Optional<StallShares> shares = StallShares.parse(mutate(stalls, random));
            shares.ifPresent(each -> Stream.of(each.some(), each.full()).forEach(stall -> {
                assertThat(stall.percent()).isBetween(0.0, 100.0);
                assertThat(stall.totalMicros()).isNotNegative();
            }));
            refused += shares.isEmpty() ? 1 : 0;
            Map<String, Long> numbers = Numbers.parseKeyed(mutate(keyed, random));
            assertThat(numbers.values()).as("seed=%d", SEED + i).allMatch(number -> number >= 0);
            Numbers.parseLimit(mutate("1048576", random))
                    .ifPresent(limit -> assertThat(limit).isNotNegative());
        }
        assertThat(refused).as("refused").isBetween(count / 10, count - count / 10);
    }

    @Test
    void monitor_mutatedTrees_givesALevelAndNeverFails() throws IOException {
        int sawGroup = 0;
        int count = DEEP ? 4_000 : 300;
        for (int i = 0; i < count; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            SystemTree tree = new SystemTree(directory.resolve("tree" + i));
            if (i % 2 == 0) {
                tree.version2();
            } else {
                tree.version1();
            }
            tree.stalls("1.00", "0.00", 5, 0);
            ManualTime time = new ManualTime(0);
            PressureOptions options =
                    PressureOptions.standard().withRoot(tree.root).withTime(time);
            try (PressureMonitor monitor =
                    new PressureMonitor(new MemoryBudget(1000), options, () -> MemoryActivity.NONE)) {
                for (int step = 0; step < 3; step++) {
                    damageSome(tree.root, random);
                    time.pass(Duration.ofSeconds(1));
                    monitor.check();
                }
                sawGroup += monitor.statistics().sources().size() == 3 ? 1 : 0;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + (SEED + i), e);
            }
            MountedGroup.find(new SystemFiles(tree.root))
                    .ifPresent(group -> assertThat(group.directories())
                            .hasSizeBetween(1, MountedGroup.MOST_DEPTH)
                            .allMatch(path -> !path.contains("..")));
        }
        assertThat(sawGroup).as("trees that were still good for something").isBetween(count / 10, count - 1);
    }

    private static void damageSome(Path root, SplittableRandom random) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(root)) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        Path file = files.get(random.nextInt(files.size()));
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        Files.writeString(file, mutate(text, random), StandardCharsets.ISO_8859_1);
    }
}
