package io.vexel.base;

/**
 * How an operating error shows outside the process: the errno of the mount and the exit code of the command (sysexits.h).
 *
 * @param errno Linux error number, positive
 * @param exitCode process exit code
 */
public record ErrorCode(int errno, int exitCode) {

    /** Exit code for a wrong command line. */
    public static final int EXIT_USAGE = 64;

    /** Exit code for bad input data. */
    public static final int EXIT_DATA = 65;

    /** Exit code for a fault in this program. */
    public static final int EXIT_SOFTWARE = 70;

    /** Exit code when something took longer than it was allowed, as that of timeout(1). */
    public static final int EXIT_TIMEOUT = 124;

    /** Exit code after SIGINT. */
    public static final int EXIT_INTERRUPTED = 130;

    private static final int ENOENT = 2;
    private static final int EIO = 5;
    private static final int EACCES = 13;
    private static final int EBUSY = 16;
    private static final int ENOSPC = 28;
    private static final int EPROTO = 71;
    private static final int EBADFD = 77;
    private static final int ENOTSUP = 95;
    private static final int EUCLEAN = 117;

    /** The one mapping from the exception family to the outside. */
    public static ErrorCode of(VexelException e) {
        return switch (e) {
            case AccessException _ -> new ErrorCode(EACCES, 77);
            case CapacityException _ -> new ErrorCode(ENOSPC, 73);
            case ClosedException _ -> new ErrorCode(EBADFD, 71);
            case ConflictException _ -> new ErrorCode(EBUSY, 75);
            case CorruptionException _ -> new ErrorCode(EUCLEAN, 72);
            case DeviceException _ -> new ErrorCode(EIO, 74);
            case FormatVersionException _ -> new ErrorCode(ENOTSUP, 78);
            case NotFoundException _ -> new ErrorCode(ENOENT, 66);
            case ProtocolException _ -> new ErrorCode(EPROTO, 76);
        };
    }
}
