package io.vexel.base;

/** The device failed an operation. After a failed flush no later write may be acknowledged. */
public final class DeviceException extends VexelException {

    private static final long serialVersionUID = 1L;

    /** The operation that failed. */
    public enum Operation {
        OPEN,
        READ,
        WRITE,
        FLUSH,
        DISCARD
    }

    private final Operation operation;
    private final long offset;
    private final long length;

    /**
     * @param operation what was attempted
     * @param offset byte offset on the device, 0 where the operation has none
     * @param length bytes asked for, 0 where the operation has none
     */
    public DeviceException(Operation operation, long offset, long length, String message) {
        super(message);
        this.operation = operation;
        this.offset = offset;
        this.length = length;
    }

    /** As the other constructor, with the error of the system below. */
    public DeviceException(Operation operation, long offset, long length, String message, Throwable cause) {
        super(message, cause);
        this.operation = operation;
        this.offset = offset;
        this.length = length;
    }

    public Operation operation() {
        return operation;
    }

    /** Byte offset on the device. */
    public long offset() {
        return offset;
    }

    /** Bytes asked for. */
    public long length() {
        return length;
    }
}
