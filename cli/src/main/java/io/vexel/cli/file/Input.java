package io.vexel.cli.file;

import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/** The bytes of one input, read forward through one buffer of fixed size. */
public final class Input implements AutoCloseable {

    /** Most bytes that {@link #take} hands out at once. */
    static final int MAX_TAKE = 1 << 20;

    private final String name;
    private final ReadableByteChannel channel;
    private final OptionalLong size;
    private final ByteBuffer buffer;
    private long bufferEnd;

    private Input(String name, ReadableByteChannel channel, OptionalLong size) {
        this.name = name;
        this.channel = channel;
        this.size = size;
        this.buffer =
                ByteBuffer.allocate(2 * MAX_TAKE).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    }

    /**
     * Opens a file.
     *
     * @throws NotFoundException when there is none
     */
    public static Input open(Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw new ProtocolException(file + ": is a directory, expected a file of vectors");
            }
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            boolean regular = Files.isRegularFile(file);
            return new Input(
                    file.toString(), channel, regular ? OptionalLong.of(channel.size()) : OptionalLong.empty());
        } catch (NoSuchFileException e) {
            throw new NotFoundException(file + ": no such file", e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be opened: " + e.getMessage(), e);
        }
    }

    /** Reads a stream whose size nobody knows, such as standard input. */
    public static Input of(String name, ReadableByteChannel channel) {
        return new Input(name, channel, OptionalLong.empty());
    }

    /** For messages. */
    public String name() {
        return name;
    }

    /** Bytes of the whole input, where known. */
    public OptionalLong size() {
        return size;
    }

    /** Bytes handed out so far. */
    public long position() {
        return bufferEnd - buffer.remaining();
    }

    boolean atEnd() {
        return available(1) == 0;
    }

    /** The next {@code count} bytes, little-endian, valid until the next call; {@code what} says what they are when they lack. */
    ByteBuffer take(int count, String what) {
        int available = available(count);
        if (available < count) {
            throw malformed(
                    "byte " + position(), count + " bytes of " + what, available + " before the end of the file");
        }
        ByteBuffer result = buffer.slice(buffer.position(), count).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(buffer.position() + count);
        return result;
    }

    /** The next byte as 0..255, or -1 at the end. */
    int read() {
        return buffer.hasRemaining() || available(1) > 0 ? buffer.get() & 0xFF : -1;
    }

    /** The byte that {@link #read} would give. */
    int peek() {
        return buffer.hasRemaining() || available(1) > 0 ? buffer.get(buffer.position()) & 0xFF : -1;
    }

    /** Passes over bytes; stops at the end. */
    void skip(long count) {
        long left = count - Math.min(count, buffer.remaining());
        buffer.position(buffer.position() + (int) (count - left));
        try {
            if (left > 0 && size.isPresent() && channel instanceof SeekableByteChannel seekable) {
                long target = Math.min(seekable.size(), seekable.position() + left);
                bufferEnd += target - seekable.position();
                seekable.position(target);
                return;
            }
        } catch (IOException e) {
            throw cannotRead(e);
        }
        while (left > 0 && available(1) > 0) {
            int step = (int) Math.min(left, buffer.remaining());
            buffer.position(buffer.position() + step);
            left -= step;
        }
    }

    /** Fills the buffer until it holds {@code wanted} bytes or the input ends; returns at most {@code wanted}. */
    private int available(int wanted) {
        if (wanted > MAX_TAKE) {
            throw new IllegalArgumentException("wanted=" + wanted + ", allowed: 1.." + MAX_TAKE);
        }
        if (buffer.remaining() < wanted) {
            buffer.compact();
            try {
                while (buffer.position() < wanted) {
                    int count = channel.read(buffer);
                    if (count < 0) {
                        break;
                    }
                    bufferEnd += count;
                }
            } catch (IOException e) {
                throw cannotRead(e);
            } finally {
                buffer.flip();
            }
        }
        return Math.min(wanted, buffer.remaining());
    }

    private UncheckedIOException cannotRead(IOException e) {
        return new UncheckedIOException(name + ": cannot be read at byte " + position() + ": " + e.getMessage(), e);
    }

    /** An error that says where the input left its format, what was expected there and what was found. */
    ProtocolException malformed(String where, String expected, String found) {
        return new ProtocolException(message(where, expected, found));
    }

    /** As above, for what another parser found wrong. */
    ProtocolException malformed(String where, String expected, Exception found) {
        return new ProtocolException(message(where, expected, String.valueOf(found.getMessage())), found);
    }

    /** One line, whatever bytes the input put into it. */
    private String message(String where, String expected, String found) {
        return name + ": " + (where + ": expected " + expected + ", found " + found).replaceAll("\\p{Cntrl}+", " ");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(name + ": cannot be closed: " + e.getMessage(), e);
        }
    }
}
