package io.vexel.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {

    private static final List<VexelException> ONE_OF_EACH = List.of(
            new AccessException("a"),
            new CapacityException("volume bytes", 2, 1),
            new ClosedException("c"),
            new ConflictException("d"),
            new CorruptionException(7, "e"),
            new DeviceException(DeviceException.Operation.READ, 0, 512, "f"),
            new FormatVersionException("g", 2, 1),
            new NotFoundException("h"),
            new ProtocolException("i"));

    @Test
    void of_everyKind_hasItsOwnExitCodeApartFromUsageAndData() {
        assertThat(ONE_OF_EACH.stream().map(e -> ErrorCode.of(e).exitCode()))
                .doesNotHaveDuplicates()
                .doesNotContain(0, 1, ErrorCode.EXIT_USAGE, ErrorCode.EXIT_DATA, ErrorCode.EXIT_SOFTWARE, 69)
                .allMatch(code -> code >= 64 && code <= 78);
    }

    @Test
    void family_permittedSubclasses_areAllCovered() {
        assertThat(VexelException.class.getPermittedSubclasses())
                .containsExactlyInAnyOrderElementsOf(
                        ONE_OF_EACH.stream().map(Object::getClass).toList());
    }

    @Test
    void capacityException_message_namesResourceRequestedAndAvailable() {
        assertThat(new CapacityException("volume bytes", 2, 1))
                .hasMessage("not enough volume bytes: requested=2 available=1");
    }
}
