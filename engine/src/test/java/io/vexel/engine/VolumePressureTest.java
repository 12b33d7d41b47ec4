package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.Bytes;
import io.vexel.device.MemoryDevice;
import io.vexel.filesystem.FormatOptions;
import io.vexel.filesystem.Mkfs;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.pressure.PressureLevel;
import io.vexel.memory.pressure.PressureOptions;
import io.vexel.memory.pressure.PressureStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumePressureTest {

    private static final String GROUP = "/sys/fs/cgroup/service";

    @TempDir
    Path root;

    private void put(String path, String text) throws IOException {
        Path file = root.resolve(path.substring(1));
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void group(long used) throws IOException {
        put("/proc/self/cgroup", "0::/service\n");
        put("/proc/self/mountinfo", "26 22 0:24 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        put(GROUP + "/memory.max", "1000000\n");
        put(GROUP + "/memory.current", used + "\n");
    }

    private static Volume open(MemoryBudget budget, VolumeOptions.Builder options) {
        MemoryDevice device = MemoryDevice.create(FormatSpec.MIN_BYTES, MemoryBudget.unlimited());
        Mkfs.format(device, FormatOptions.defaults());
        return Volume.open(device, options.budget(budget).build());
    }

    /** Looks only when it is asked to. */
    private PressureOptions watch() {
        return PressureOptions.standard()
                .withRoot(root)
                .withInterval(Duration.ofHours(1))
                .withHold(Duration.ZERO);
    }

    @Test
    void volume_inAGroupShortOfMemory_saysSoAndIsSilentAfterwards() throws IOException {
        group(500_000);
        List<String> told = new ArrayList<>();
        try (Volume volume =
                open(new MemoryBudget(256 * Bytes.MIB), VolumeOptions.builder().pressure(watch()))) {
            volume.addPressureListener((before, now) -> told.add(before + ">" + now));
            assertThat(volume.statistics().pressure())
                    .map(PressureStatistics::level)
                    .hasValue(PressureLevel.NORMAL);
            assertThat(volume.warnings()).isEmpty();
            group(970_000);
            assertThat(volume.statistics().pressure())
                    .map(PressureStatistics::level)
                    .hasValue(PressureLevel.CRITICAL);
            assertThat(volume.warnings())
                    .containsExactly(
                            "memory is critically short: 3.0 % of 1000000 bytes of " + GROUP + " are available");
            group(870_000);
            assertThat(volume.statistics().pressure())
                    .map(PressureStatistics::level)
                    .hasValue(PressureLevel.LOW);
            assertThat(volume.warnings()).isEmpty();
        }
        assertThat(told).containsExactly("NORMAL>CRITICAL", "CRITICAL>LOW");
    }

    @Test
    void volume_thatDoesNotWatch_saysNothing() throws IOException {
        group(970_000);
        try (Volume volume = open(
                MemoryBudget.unlimited(),
                VolumeOptions.builder().pressure(watch()).withoutPressure())) {
            assertThat(volume.statistics().pressure()).isEmpty();
            assertThat(volume.warnings()).isEmpty();
        }
        try (Volume volume = open(
                MemoryBudget.forOneThread(256 * Bytes.MIB),
                VolumeOptions.builder().pressure(watch()))) {
            assertThat(volume.statistics().pressure()).isEmpty();
        }
    }
}
