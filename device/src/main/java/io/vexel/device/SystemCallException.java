package io.vexel.device;

import java.io.IOException;

/** A system call failed; the message is that of errno. */
final class SystemCallException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    SystemCallException(String call, int errno) {
        super(call + ": " + text(errno));
        this.errno = errno;
    }

    boolean interrupted() {
        return errno == 4;
    }

    /** EAGAIN. */
    boolean wouldBlock() {
        return errno == 11;
    }

    /** Somebody else has claimed the block device: EBUSY. */
    boolean claimed() {
        return errno == 16;
    }

    /** The file system or the kernel does not know this call (EOPNOTSUPP, ENOSYS, ENODEV). */
    boolean unsupported() {
        return errno == 95 || errno == 38 || errno == 19;
    }

    /** No access: EPERM, EACCES, EROFS. */
    boolean denied() {
        return errno == 1 || errno == 13 || errno == 30;
    }

    /** The file may not become so large: EFBIG, ENOSPC, EDQUOT. */
    boolean tooLarge() {
        return errno == 27 || errno == 28 || errno == 122;
    }

    private static String text(int errno) {
        return switch (errno) {
            case 1 -> "operation not permitted";
            case 5 -> "input/output error";
            case 6 -> "no such device or address";
            case 9 -> "bad file descriptor";
            case 11 -> "resource temporarily unavailable";
            case 12 -> "cannot allocate memory";
            case 13 -> "permission denied";
            case 14 -> "bad address";
            case 16 -> "device or resource busy";
            case 19 -> "no such device";
            case 22 -> "invalid argument";
            case 24 -> "too many open files";
            case 27 -> "file too large";
            case 28 -> "no space left on device";
            case 30 -> "read-only file system";
            case 38 -> "the system has no such call";
            case 122 -> "disk quota exceeded";
            case 123 -> "no medium found";
            default -> "error " + errno;
        };
    }
}
