package io.vexel.testkit;

import io.vexel.testkit.DeviceOperation.Write;
import java.util.SplittableRandom;

/** What became of a write that was in flight when the power failed. */
public sealed interface Fate {

    /** It reached the medium whole. */
    record Landed() implements Fate {
        @Override
        public void land(Write write, DiskImage image) {
            image.write(write.offset(), write.data(), 0, write.data().length);
        }
    }

    /** Nothing of it did. */
    record Vanished() implements Fate {
        @Override
        public void land(Write write, DiskImage image) {
            // The old bytes stay.
        }
    }

    /**
     * Each of its sectors landed, vanished or became garbage, as the seed decides.
     *
     * @param garbagePercent chance of garbage for a sector
     */
    record Torn(long seed, int garbagePercent) implements Fate {
        @Override
        public void land(Write write, DiskImage image) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] data = write.data();
            for (int at = 0; at < data.length; at += SimulatedDevice.ATOMIC_BYTES) {
                if (random.nextInt(100) < garbagePercent) {
                    byte[] garbage = new byte[SimulatedDevice.ATOMIC_BYTES];
                    random.nextBytes(garbage);
                    image.write(write.offset() + at, garbage, 0, garbage.length);
                } else if (random.nextBoolean()) {
                    image.write(write.offset() + at, data, at, SimulatedDevice.ATOMIC_BYTES);
                }
            }
        }
    }

    /** Its first sector became garbage, the others landed: what a header must bear. */
    record HeadGarbled(long seed) implements Fate {
        @Override
        public void land(Write write, DiskImage image) {
            byte[] garbage = new byte[SimulatedDevice.ATOMIC_BYTES];
            new SplittableRandom(seed).nextBytes(garbage);
            new Landed().land(write, image);
            image.write(write.offset(), garbage, 0, garbage.length);
        }
    }

    /** Only its first sectors landed. */
    record Prefix(int sectors) implements Fate {
        @Override
        public void land(Write write, DiskImage image) {
            int bytes = Math.min(write.data().length, sectors * SimulatedDevice.ATOMIC_BYTES);
            image.write(write.offset(), write.data(), 0, bytes);
        }
    }

    /** Changes the medium accordingly. */
    void land(Write write, DiskImage image);
}
