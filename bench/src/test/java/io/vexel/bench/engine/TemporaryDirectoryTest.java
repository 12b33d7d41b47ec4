package io.vexel.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TemporaryDirectoryTest {

    @Test
    void close_twice_removesAllFilesOnce() throws IOException {
        TemporaryDirectory directory = new TemporaryDirectory();
        Path inner = Files.createDirectories(directory.path().resolve("a/b"));
        Files.write(inner.resolve("x"), new byte[7]);
        Files.write(directory.path().resolve("y"), new byte[5]);
        assertThat(directory.bytes()).isEqualTo(12);
        directory.close();
        assertThat(directory.path()).doesNotExist();
        directory.close();
    }
}
