package io.vexel.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The portable file, which Linux does not use: the same calls must mean the same. */
class ChannelFileTest {

    @TempDir
    Path directory;

    @Test
    void calls_everyOne_meanWhatTheContractSays() throws Exception {
        Path path = Files.createFile(directory.resolve("image"));
        ChannelFile file = ChannelFile.open(path, DeviceAccess.READ_WRITE);
        ChannelFile second = ChannelFile.open(path, DeviceAccess.READ_WRITE);
        try (Arena arena = Arena.ofConfined()) {
            assertThat(file.tryLock()).isTrue();
            assertThat(second.tryLock()).isFalse();
            file.resize(1 << 20);
            assertThat(file.size()).isEqualTo(1 << 20);
            MemorySegment data = arena.allocate(1024).fill((byte) 5);
            assertThat(file.write(4096, data)).isEqualTo(1024);
            file.sync();
            MemorySegment back = arena.allocate(1024);
            assertThat(file.read(4096, back)).isEqualTo(1024);
            assertThat(back.toArray(ValueLayout.JAVA_BYTE)).containsOnly(5);
            assertThat(file.read(1 << 20, back)).isZero();
            assertThat(file.punchHole(0, 4096)).isFalse();
            file.resize(512);
            assertThat(file.size()).isEqualTo(512);
        } finally {
            second.close();
            file.close();
        }
    }
}
