package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The demo is the kill test: a writer in a process of its own is ended by SIGKILL. */
class DemoVerbTest {

    @Test
    void demo_killedWriter_losesNothingThatWasAcknowledged() {
        Command.Result result = Command.run("demo", "--json");
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        JsonNode facts = result.json();
        assertThat(facts.get("passed").asBoolean()).isTrue();
        assertThat(facts.get("recall").asDouble()).isEqualTo(1.0);
        assertThat(facts.get("indexRecall").asDouble()).isBetween(0.95, 1.0);
        assertThat(facts.get("count").asInt()).isEqualTo(1_000);
        assertThat(facts.get("killed").asBoolean()).isTrue();
        assertThat(facts.get("acknowledged").asLong()).isBetween(4_500L, 8_999L);
        assertThat(facts.get("found").asLong())
                .isBetween(facts.get("acknowledged").asLong(), 8_999L);
        assertThat(facts.get("lost").asLong()).isZero();
        assertThat(facts.get("findings").asLong()).isZero();
    }
}
