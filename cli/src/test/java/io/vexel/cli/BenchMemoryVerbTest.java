package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class BenchMemoryVerbTest {

    @Test
    void benchMemory_oneShortRound_reportsEveryFigure() {
        Command.Result result = Command.run("bench", "memory", "--rounds", "1", "--pairs", "2000", "--json");
        assertThat(result.err()).isEmpty();
        JsonNode facts = result.json();
        for (String key : List.of(
                "order0HotNanos", "mixedHotNanos", "order0SharedNanos", "order0BuddyNanos", "mixedBuddyNanos")) {
            assertThat(facts.get(key).get("median").asDouble()).as(key).isPositive();
        }
        // These do not depend on the machine: the same seed leaves the same free blocks.
        assertThat(facts.get("metadataPercent").get("median").asDouble()).isBetween(0.05, 0.5);
        assertThat(facts.get("scattered5MovableIn2GibPercent").get("median").asDouble())
                .isLessThan(10);
        assertThat(facts.get("scattered5MovablePercent").get("median").asDouble())
                .isLessThan(15);
        assertThat(facts.get("longestWayNanos").get("median").asDouble()).isPositive();
        assertThat(facts.get("compacted9MovablePercent").get("median").asDouble())
                .isLessThan(10);
    }

    @Test
    void benchMemory_verbose_showsTheFreeBlocks() {
        Command.Result result = Command.run("bench", "memory", "--rounds", "1", "--pairs", "10", "-v");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("order 0, own hot list").contains("Node 0, zone", "type    UNMOVABLE");
        assertThat(Command.run("bench", "memory", "--pairs", "0").exitCode()).isEqualTo(64);
    }
}
