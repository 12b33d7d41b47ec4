package io.vexel.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.Bytes;
import org.junit.jupiter.api.Test;

class ProcessMemoryTest {

    @Test
    void committedByJvm_leavesOutWhatJavaProgramsAllocate() {
        String summary = """
                Native Memory Tracking:

                Total: reserved=1500000KB, committed=300100KB
                -                 Java Heap (reserved=262144KB, committed=262144KB)
                                            (mmap: reserved=262144KB, committed=262144KB, at peak)

                -                     Other (reserved=2100KB, committed=2100KB)
                                            (malloc=2100KB #12) (peak=2200KB #13)
                """;
        assertThat(ProcessMemory.committedByJvm(summary)).isEqualTo(298_000 * Bytes.KIB);
        assertThat(ProcessMemory.committedByJvm(summary.replace("Other", "Elsewhere")))
                .isEqualTo(300_100 * Bytes.KIB);
    }

    @Test
    void committedByJvm_withoutTracking_saysHowToGetIt() {
        assertThatThrownBy(() -> ProcessMemory.committedByJvm("Native memory tracking is not enabled\n"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("-XX:NativeMemoryTracking=summary");
    }

    @Test
    void resident_isAllThatIsAnonymousOrOfFiles() {
        ProcessMemory.Resident resident = ProcessMemory.resident();
        assertThat(resident.all()).isGreaterThan(Bytes.MIB);
        assertThat(resident.anonymous() + resident.file()).isEqualTo(resident.all());
    }
}
