package io.vexel.memory.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.PageAccess;
import io.vexel.memory.raw.RawMemory;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.memory.zone.PageAllocatorOptions;
import io.vexel.memory.zone.PageOwner;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each kind of misuse in a process of its own, which reports it with the standard options, or dies where a page cannot be touched. */
@EnabledOnOs(OS.LINUX)
class MisuseForkTest {

    /** With which the JVM ends after a wrong access when it writes no core file. */
    private static final int KILLED = 1;

    private static final int REPORTED = 3;
    private static final int BYTES = 100;

    /** What a child does, and how it must end. */
    enum Scenario {
        CORRECT_USE(0, ""),
        CORRECT_USE_GUARDED(0, ""),
        DOUBLE_FREE(REPORTED, "DOUBLE_FREE"),
        USE_AFTER_FREE(REPORTED, "USE_AFTER_FREE"),
        FOREIGN_HANDLE(REPORTED, "FOREIGN_HANDLE"),
        OVERRUN(REPORTED, "OVERRUN"),
        UNDERRUN(REPORTED, "UNDERRUN"),
        WRITE_AFTER_FREE(REPORTED, "WRITE_AFTER_FREE"),
        LEAK(0, "memory leaks"),
        OVERRUN_GUARDED(KILLED, "SIGSEGV"),
        READ_AFTER_FREE_GUARDED(KILLED, "SIGSEGV"),
        WRITE_TO_READ_ONLY_PAGES(KILLED, "SIGSEGV");

        final int exitCode;
        final String output;

        Scenario(int exitCode, String output) {
            this.exitCode = exitCode;
            this.output = output;
        }

        boolean isGuarded() {
            return name().endsWith("GUARDED");
        }
    }

    @ParameterizedTest
    @EnumSource(Scenario.class)
    void misuse_inAProcessOfItsOwn_isReportedOrKillsIt(Scenario scenario) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=/dev/null",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MisuseForkTest.class.getName(),
                        scenario.name())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isEqualTo(scenario.exitCode);
        assertThat(output).contains(scenario.output).contains("began");
        assertThat(output.contains("ended")).as(output).isEqualTo(scenario.exitCode == 0);
    }

    /** The child. */
    public static void main(String[] args) {
        try {
            run(Scenario.valueOf(args[0]));
            System.out.println("ended");
        } catch (MisuseException e) {
            System.out.println(e.getMessage());
            System.exit(REPORTED);
        }
    }

    private static void run(Scenario scenario) {
        PageAllocator pages = PageAllocator.create(
                new MemoryBudget(64 << 20),
                PageAllocatorOptions.oneNode(new PageAllocatorOptions.ZoneSizes(0, 16 << 20, 0, 0)));
        SlabAllocator slabs = SlabAllocator.create(pages, SlabOptions.standard());
        CacheSpec spec = CacheSpec.of("rows", BYTES);
        SlabCache cache = slabs.cache(
                scenario.isGuarded()
                        ? spec.with(SlabFlag.GUARD_PAGE)
                        : spec.with(SlabFlag.POISON, SlabFlag.RED_ZONE, SlabFlag.STORE_USER));
        long handle = cache.allocate();
        long address = cache.address(handle);
        cache.segment(handle).fill((byte) 1);
        System.out.println("began");
        misuse(scenario, pages, slabs, cache, handle, address);
        slabs.close();
        pages.close();
    }

    private static void misuse(
            Scenario scenario, PageAllocator pages, SlabAllocator slabs, SlabCache cache, long handle, long address) {
        switch (scenario) {
            case CORRECT_USE, CORRECT_USE_GUARDED -> {
                for (int i = 0; i < 100; i++) {
                    long other = cache.allocate();
                    cache.segment(other).fill((byte) i);
                    cache.free(other);
                }
                cache.free(handle);
            }
            case LEAK -> {}
            case DOUBLE_FREE -> {
                cache.free(handle);
                cache.free(handle);
            }
            case USE_AFTER_FREE -> {
                cache.free(handle);
                cache.segment(handle);
            }
            case FOREIGN_HANDLE -> slabs.cache(CacheSpec.of("others", BYTES)).free(handle);
            case OVERRUN -> {
                flip(address + BYTES);
                cache.free(handle);
            }
            case UNDERRUN -> {
                flip(address - 1);
                cache.free(handle);
            }
            case WRITE_AFTER_FREE -> {
                cache.free(handle);
                flip(address);
                cache.allocate();
            }
            case OVERRUN_GUARDED -> flip(address + 104);
            case READ_AFTER_FREE_GUARDED -> {
                cache.free(handle);
                System.out.println(RawMemory.ALL.get(ValueLayout.JAVA_BYTE, address));
            }
            case WRITE_TO_READ_ONLY_PAGES -> {
                long block = pages.allocate(pages.register(PageOwner.Terms.unmovable("pages")), 1);
                flip(pages.address(block));
                pages.protect(block, 4096, PageAccess.READ);
                flip(pages.address(block) + 4096);
                System.out.println(RawMemory.ALL.get(ValueLayout.JAVA_BYTE, pages.address(block)));
                flip(pages.address(block));
            }
        }
    }

    private static void flip(long address) {
        byte old = RawMemory.ALL.get(ValueLayout.JAVA_BYTE, address);
        RawMemory.ALL.set(ValueLayout.JAVA_BYTE, address, (byte) ~old);
    }
}
