package io.vexel.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The oracle over a store so small that its mistakes are known: a counter in two slots, each with sequence and checksum. */
class CrashEnumerationTest {

    private static final int SECTOR = 512;
    private static final int SLOT = 4 * SECTOR;

    private enum Mistake {
        NONE,
        NO_FLUSH,
        ONE_SLOT,
        NO_CHECKSUM,
        ACKNOWLEDGED_EARLY,
        RECOVERY_COUNTS
    }

    private static byte[] slot(int value) {
        byte[] bytes = new byte[SLOT];
        MemorySegment segment = MemorySegment.ofArray(bytes).fill((byte) value);
        segment.setAtIndex(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, 0, value);
        segment.setAtIndex(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, 1, crc(bytes));
        return bytes;
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 8, bytes.length - 8);
        crc.update(bytes, 0, 4);
        return (int) crc.getValue();
    }

    private static void write(SimulatedDevice device, int value, Mistake mistake) {
        int place = mistake == Mistake.ONE_SLOT ? 0 : value % 2;
        device.write((long) place * SLOT, MemorySegment.ofArray(slot(value)));
    }

    private static CrashTrace run(Mistake mistake) {
        SimulatedDevice device = SimulatedDevice.zeros(64 * 1024, 1);
        CrashTrace trace = new CrashTrace(device, "0");
        for (int value = 1; value <= 12; value++) {
            trace.begins(Integer.toString(value));
            write(device, value, mistake);
            if (mistake == Mistake.ACKNOWLEDGED_EARLY) {
                trace.acknowledged();
            }
            if (mistake != Mistake.NO_FLUSH) {
                device.flush();
            }
            trace.acknowledged();
        }
        return trace;
    }

    private static String recover(SimulatedDevice device, Mistake mistake) {
        int newest = 0;
        for (int place = 0; place < 2; place++) {
            byte[] bytes = new byte[SLOT];
            device.read((long) place * SLOT, MemorySegment.ofArray(bytes));
            MemorySegment segment = MemorySegment.ofArray(bytes);
            int value = segment.getAtIndex(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, 0);
            int stored = segment.getAtIndex(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, 1);
            if (stored == crc(bytes) || mistake == Mistake.NO_CHECKSUM) {
                newest = Math.max(newest, value);
            }
        }
        if (mistake == Mistake.RECOVERY_COUNTS) {
            write(device, newest + 1, mistake);
            device.flush();
        }
        return Integer.toString(newest);
    }

    @ParameterizedTest
    @EnumSource(Mistake.class)
    void enumeration_mistake_isSeenAndNoneIsNot(Mistake mistake) {
        CrashEnumeration.Options options = new CrashEnumeration.Options(5, 8, 50, 8);
        CrashEnumeration.Outcome outcome =
                CrashEnumeration.run(run(mistake), (device, _) -> recover(device, mistake), options);
        assertThat(outcome.violation().isEmpty()).as("%s", outcome).isEqualTo(mistake == Mistake.NONE);
        if (mistake == Mistake.NONE) {
            assertThat(outcome.states()).isGreaterThan(100);
            // This recovery writes nothing, so each of its crashes is the same one.
            assertThat(outcome.recoveryStates()).isPositive();
        } else {
            assertThat(outcome.violation().orElseThrow()).contains("seed 5").contains("crash after operation");
        }
    }
}
