package io.vexel.engine;

import io.vexel.base.AccessException;
import io.vexel.base.CapacityException;
import io.vexel.base.ConflictException;
import io.vexel.base.DeviceException;
import io.vexel.base.DeviceException.Operation;
import io.vexel.base.NotFoundException;
import io.vexel.device.FileDevice;
import io.vexel.filesystem.VolumeInfo;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * The file that a backup goes to. It grows beside its place, with the ending {@value #PARTIAL}, and gets its name when it is whole and durable. No file that stands there
 * is ever written over, and what did not get its name is removed.
 */
final class BackupFile implements AutoCloseable {

    static final String PARTIAL = ".partial";

    private final Path target;
    private final Path directory;
    private final Path partial;

    /** Whether the partial file is this object's to remove. */
    private boolean made;

    /**
     * A file that is not there yet.
     *
     * @param volume name of the volume's device
     * @throws ConflictException when something has the name already, or another backup is on its way there
     * @throws NotFoundException when the directory does not exist
     */
    BackupFile(Path target, String volume) {
        this.target = target;
        this.directory = target.toAbsolutePath().getParent() == null
                ? target.toAbsolutePath()
                : target.toAbsolutePath().getParent();
        this.partial = target.resolveSibling(target.getFileName() + PARTIAL);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new ConflictException(whatStandsThere(volume));
        }
        if (!Files.isDirectory(directory)) {
            throw new NotFoundException("the directory of " + target + " does not exist");
        }
        if (Files.exists(partial, LinkOption.NOFOLLOW_LINKS)) {
            throw new ConflictException(partial + " exists already: another backup is on its way to " + target
                    + ", or one was killed and that file is to be removed");
        }
    }

    private String whatStandsThere(String volume) {
        try {
            if (Files.exists(Path.of(volume)) && Files.isSameFile(target, Path.of(volume))) {
                return target + " is the volume itself; a backup goes to a new file";
            }
        } catch (IOException e) {
            // Then it is something that exists, which is reason enough.
        }
        boolean other = Files.exists(target) && !Files.isRegularFile(target);
        String kind = Files.isDirectory(target) ? " is a directory" : " is no file";
        return target + (other ? kind : " exists already") + "; a backup goes to a new file";
    }

    /**
     * Throws when what files of the volume hold has no room where the copy is to be. Others may take the room meanwhile.
     *
     * @throws CapacityException then
     */
    void requireRoom(VolumeInfo info) {
        long needed = (info.dataBlocks() - info.freeBlocks()) * info.blockSize();
        long usable;
        try {
            usable = Files.getFileStore(directory).getUsableSpace();
        } catch (IOException e) {
            throw failed("the room for " + target + " cannot be told", e);
        }
        if (needed > usable) {
            throw new CapacityException("bytes on the disk of " + target, needed, usable);
        }
    }

    /**
     * Makes the file, with zeros in it. Nobody may do more with it than with the volume.
     *
     * @param volume name of the volume's device
     */
    FileDevice create(long bytes, int blockSize, VolumeOptions options, String volume) {
        FileDevice device = VolumeFiles.create(partial, bytes, blockSize, options);
        made = true;
        try {
            restrict(Path.of(volume));
            return device;
        } catch (RuntimeException | Error e) {
            device.close();
            throw e;
        }
    }

    private void restrict(Path volume) {
        try {
            if (Files.exists(volume)
                    && partial.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(partial);
                allowed.retainAll(Files.getPosixFilePermissions(volume));
                Files.setPosixFilePermissions(partial, allowed);
            }
        } catch (IOException e) {
            throw failed("permissions of " + partial + " cannot be set", e);
        }
    }

    /** Gives the file its name; durable when it returns. */
    void publish() {
        try {
            name();
            try {
                Files.deleteIfExists(partial);
                flushDirectory();
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(target);
                throw e;
            }
            made = false;
        } catch (FileAlreadyExistsException e) {
            throw new ConflictException(target + " exists already: it was made while the backup was", e);
        } catch (ClosedByInterruptException e) {
            CancellationException interrupted = new CancellationException("the backup was interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } catch (IOException e) {
            throw failed(target + " cannot be named", e);
        }
    }

    /** A link fails when something has the name, a rename may replace it. */
    private void name() throws IOException {
        try {
            Files.createLink(target, partial);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.move(partial, target); // there are no links on this file system
        }
    }

    private void flushDirectory() throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static RuntimeException failed(String what, IOException e) {
        return e instanceof AccessDeniedException
                ? new AccessException(what + ": no permission", e)
                : new DeviceException(Operation.OPEN, 0, 0, what + ": " + e.getMessage(), e);
    }

    /** Removes what did not get its name. */
    @Override
    public void close() {
        if (made) {
            try {
                Files.deleteIfExists(partial);
            } catch (IOException e) {
                throw failed(partial + " cannot be removed", e);
            }
        }
    }
}
