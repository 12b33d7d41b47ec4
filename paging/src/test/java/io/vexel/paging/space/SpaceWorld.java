package io.vexel.paging.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.VexelException;
import io.vexel.paging.replacement.AccessHint;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Address spaces in random use, and naive twins of them: a byte array for each page of a mapping that was written to, and one for the file. */
final class SpaceWorld {

    private static final int PAGE = PagerFixture.PAGE;
    private static final int FILE_PAGES = 40;
    private static final int MOST_SPACES = 5;
    private static final int MOST_MAPPINGS = 4;

    /** What a mapping must hold: bytes of its own, by page, over those of a file or zeros. */
    private static final class Twin {
        final Mapping mapping;
        final int firstFilePage;
        final boolean overFile;
        final boolean shared;
        final byte[][] own;

        Twin(Mapping mapping, int firstFilePage, boolean overFile, boolean shared, byte[][] own) {
            this.mapping = mapping;
            this.firstFilePage = firstFilePage;
            this.overFile = overFile;
            this.shared = shared;
            this.own = own;
        }

        Twin fork(AddressSpace other) {
            byte[][] copy = new byte[own.length][];
            for (int i = 0; i < copy.length; i++) {
                copy[i] = own[i] == null ? null : own[i].clone();
            }
            return new Twin(other.mappingAt(mapping.start()), firstFilePage, overFile, shared, copy);
        }
    }

    final SplittableRandom random;
    final PagerFixture fixture;
    final NaiveSource source = new NaiveSource(PAGE, FILE_PAGES);
    final byte[] fileTwin;
    PagedFile file;
    final List<AddressSpace> spaces = new ArrayList<>();
    final List<List<Twin>> twins = new ArrayList<>();
    int failed;

    SpaceWorld(PagerFixture fixture, long seed) {
        this.fixture = fixture;
        random = new SplittableRandom(seed);
        random.nextBytes(source.bytes);
        fileTwin = source.bytes.clone();
        file = fixture.pager.open(source, FILE_PAGES, FILE_PAGES);
    }

    byte[] page(Twin twin, int page) {
        if (twin.own[page] != null) {
            return twin.own[page];
        }
        if (!twin.overFile) {
            return new byte[PAGE];
        }
        int start = (twin.firstFilePage + page) * PAGE;
        return Arrays.copyOfRange(fileTwin, start, start + PAGE);
    }

    byte[] expected(Twin twin, long offset, int bytes) {
        byte[] result = new byte[bytes];
        for (int i = 0; i < bytes; ) {
            int page = (int) ((offset + i) / PAGE);
            int inPage = (int) ((offset + i) % PAGE);
            int length = Math.min(PAGE - inPage, bytes - i);
            System.arraycopy(page(twin, page), inPage, result, i, length);
            i += length;
        }
        return result;
    }

    void store(Twin twin, int page, int inPage, byte[] bytes, int from, int length) {
        if (twin.shared) {
            System.arraycopy(bytes, from, fileTwin, (twin.firstFilePage + page) * PAGE + inPage, length);
        } else {
            twin.own[page] = page(twin, page).clone();
            System.arraycopy(bytes, from, twin.own[page], inPage, length);
        }
    }

    void step() {
        int choice = random.nextInt(100);
        if (spaces.isEmpty() || choice < 3 && spaces.size() < MOST_SPACES) {
            spaces.add(fixture.pager.newSpace());
            twins.add(new ArrayList<>());
            return;
        }
        int at = random.nextInt(spaces.size());
        AddressSpace space = spaces.get(at);
        List<Twin> of = twins.get(at);
        if (choice < 5) {
            space.close();
            spaces.remove(at);
            twins.remove(at);
        } else if (choice < 9 && spaces.size() < MOST_SPACES) {
            AddressSpace fork = space.fork();
            spaces.add(fork);
            twins.add(new ArrayList<>(of.stream().map(twin -> twin.fork(fork)).toList()));
        } else if (of.isEmpty() || choice < 14 && of.size() < MOST_MAPPINGS) {
            map(space, of);
        } else if (choice < 16) {
            space.unmap(of.remove(random.nextInt(of.size())).mapping);
        } else if (choice < 18) {
            file.flush();
            assertThat(source.bytes).isEqualTo(fileTwin);
        } else if (choice < 20) {
            long[] pages = random.longs(10, 0, FILE_PAGES).toArray();
            file.prefetch(pages, 10);
        } else {
            use(space, of.get(random.nextInt(of.size())));
        }
    }

    void map(AddressSpace space, List<Twin> of) {
        int kind = random.nextInt(3);
        int pages = 1 + random.nextInt(FILE_PAGES);
        if (kind == 0) {
            Mapping mapping = space.mapAnonymous((long) pages * PAGE - random.nextInt(PAGE));
            of.add(new Twin(mapping, 0, false, false, new byte[pages][]));
        } else {
            int first = random.nextInt(FILE_PAGES - pages + 1);
            boolean shared = kind == 1;
            Mapping mapping = shared ? space.mapShared(file, first, pages) : space.mapPrivate(file, first, pages);
            of.add(new Twin(mapping, first, true, shared, new byte[pages][]));
        }
    }

    void use(AddressSpace space, Twin twin) {
        long size = (long) twin.own.length * PAGE;
        long offset = random.nextLong(size);
        int bytes = (int) Math.min(size - offset, 1 + random.nextInt(random.nextBoolean() ? 100 : 3 * PAGE));
        if (random.nextInt(4) == 0) {
            offset = offset / PAGE * PAGE;
            bytes = PAGE;
        }
        if (random.nextInt(3) > 0) {
            byte[] read = new byte[bytes];
            AccessHint hint = random.nextInt(5) == 0 ? AccessHint.SCAN : AccessHint.DEMAND;
            twin.mapping.read(offset, MemorySegment.ofArray(read), hint);
            assertThat(read).isEqualTo(expected(twin, offset, bytes));
            return;
        }
        byte[] written = new byte[bytes];
        if (random.nextInt(3) == 0) {
            random.nextBytes(written);
        } else {
            Arrays.fill(written, (byte) random.nextInt());
        }
        // Page by page, so that a failure leaves no doubt about what was written.
        for (int i = 0; i < bytes; ) {
            int page = (int) ((offset + i) / PAGE);
            int inPage = (int) ((offset + i) % PAGE);
            int length = Math.min(PAGE - inPage, bytes - i);
            space.write(
                    twin.mapping.start() * PAGE + offset + i,
                    MemorySegment.ofArray(written).asSlice(i, length));
            store(twin, page, inPage, written, i, length);
            i += length;
        }
    }

    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            try {
                step();
            } catch (VexelException e) {
                failed++;
            }
            // Whatever came of it: who writes to a page that stayed pinned, or closes its file, waits for ever.
            assertThat(fixture.pager.inUse()).isEmpty();
        }
    }

    void checkAll() {
        for (List<Twin> of : twins) {
            for (Twin twin : of) {
                for (int page = 0; page < twin.own.length; page++) {
                    byte[] read = new byte[PAGE];
                    twin.mapping.read((long) page * PAGE, MemorySegment.ofArray(read));
                    assertThat(read).isEqualTo(page(twin, page));
                }
            }
        }
    }

    /** As {@link #checkAll}, for what can be read although there is little room. */
    void checkReadable() {
        for (List<Twin> of : twins) {
            for (Twin twin : of) {
                for (int page = 0; page < twin.own.length; page++) {
                    byte[] read = new byte[PAGE];
                    try {
                        twin.mapping.read((long) page * PAGE, MemorySegment.ofArray(read));
                    } catch (VexelException e) {
                        continue;
                    }
                    assertThat(read).isEqualTo(page(twin, page));
                }
            }
        }
    }

    void end() {
        checkAll();
        spaces.forEach(AddressSpace::close);
        file.close();
        assertThat(source.bytes).isEqualTo(fileTwin);
        fixture.checkNoPageIsLeft();
    }
}
