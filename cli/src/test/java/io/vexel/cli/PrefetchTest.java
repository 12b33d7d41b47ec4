package io.vexel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.cli.file.CsvShape;
import io.vexel.cli.file.FileFormat;
import io.vexel.cli.file.Input;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PrefetchTest {

    @Test
    void take_givesTheElementsInOrderAndThenNothing() {
        Iterator<Integer> numbers = List.of(1, 2, 3, 4, 5).iterator();
        try (Prefetch<Integer> ahead =
                new Prefetch<>(() -> numbers.hasNext() ? Optional.of(numbers.next()) : Optional.empty())) {
            for (int expected = 1; expected <= 5; expected++) {
                assertThat(ahead.take(() -> false)).contains(expected);
            }
            assertThat(ahead.take(() -> false)).isEmpty();
        }
    }

    @Test
    void take_whenTheSourceFails_throwsItsError() {
        try (Prefetch<Integer> ahead = new Prefetch<>(() -> {
            throw new UncheckedIOException(new IOException("no disk"));
        })) {
            assertThatThrownBy(() -> ahead.take(() -> false)).hasMessageContaining("no disk");
        }
    }

    @Test
    void take_ofAPipeThatNobodyWrites_endsOnRequestAndSoDoesTheThread() throws IOException {
        Pipe pipe = Pipe.open();
        AtomicInteger looks = new AtomicInteger();
        RowReader rows = FileFormat.FVECS.reader(Input.of("pipe", pipe.source()), CsvShape.AUTOMATIC);
        try (rows;
                Prefetch<Row> ahead = new Prefetch<>(rows::next)) {
            assertThat(ahead.take(() -> looks.incrementAndGet() > 1)).isEmpty();
        }
        assertThatThrownBy(() -> pipe.sink().write(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
    }
}
