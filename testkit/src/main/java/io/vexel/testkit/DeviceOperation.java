package io.vexel.testkit;

/** One entry of a device's log. */
public sealed interface DeviceOperation {

    /** Bytes that the device accepted; a torn or misdirected write is recorded as what truly happened. */
    final class Write implements DeviceOperation {
        private final long offset;
        private final byte[] data;

        Write(long offset, byte[] data) {
            this.offset = offset;
            this.data = data;
        }

        /** First byte on the device. */
        public long offset() {
            return offset;
        }

        /** What was written; not to be changed. */
        byte[] data() {
            return data;
        }

        /** Sectors of 512 bytes. */
        public int sectors() {
            return data.length / SimulatedDevice.ATOMIC_BYTES;
        }

        @Override
        public String toString() {
            return "write offset=" + offset + " length=" + data.length;
        }
    }

    /** All accepted writes before it are durable. */
    record Flush() implements DeviceOperation {}

    /** A flush that failed: each write since the last flush is on the medium or lost for good, as the seed decides. */
    record FailedFlush(long seed) implements DeviceOperation {}
}
