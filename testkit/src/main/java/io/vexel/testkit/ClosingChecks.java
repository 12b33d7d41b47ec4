package io.vexel.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.base.DeviceException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Checks what tests close, right before it is closed, from whatever thread, and fails the test when something is wrong with it. A module whose tests are to be
 * watched so has a subclass, and registers it for all of them by {@code junit-platform.properties} and
 * {@code META-INF/services/org.junit.jupiter.api.extension.Extension}.
 */
public abstract class ClosingChecks
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

    /** Findings of one thing that are kept. */
    private static final int MOST_OF_ONE = 5;

    private final List<String> findings = new CopyOnWriteArrayList<>();
    private final AtomicLong checked = new AtomicLong();

    /** Nothing is watched yet. */
    protected ClosingChecks() {}

    /** On a test, or a class of tests, in which what is closed is not to be checked. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.METHOD, ElementType.TYPE})
    public @interface NotChecked {

        /** Why not. */
        String value();
    }

    /** From now on {@link #check} is called for each thing that is about to be closed. */
    protected abstract void watch();

    /** From now on it is not. */
    protected abstract void unwatch();

    /** What was wrong since this was last reported. */
    public final List<String> findings() {
        return findings;
    }

    /** Checks that were made to their end, ever. */
    public final long checked() {
        return checked.get();
    }

    /**
     * Looks at something that is about to be closed; throws nothing. What cannot be checked for want of memory, or because a device fails, is passed over.
     *
     * @param what is looked at, for the report
     * @param check gives what is wrong with it
     */
    protected final void check(String what, Supplier<List<String>> check) {
        try {
            check.get().stream().limit(MOST_OF_ONE).forEach(finding -> findings.add(what + ": " + finding));
            checked.incrementAndGet();
        } catch (CapacityException | DeviceException _) {
            // That says nothing about what is checked.
        } catch (RuntimeException | AssertionError e) {
            findings.add(what + ": the check failed: " + e);
        }
    }

    @Override
    public final void beforeAll(ExtensionContext tests) {
        watchUnless(isExcluded(tests.getTestClass()));
    }

    @Override
    public final void beforeEach(ExtensionContext test) {
        watchUnless(isExcluded(test.getTestClass()) || isExcluded(test.getTestMethod()));
    }

    /** What the class keeps for all of its tests goes on being watched. */
    @Override
    public final void afterEach(ExtensionContext test) {
        watchUnless(isExcluded(test.getTestClass()));
        report();
    }

    @Override
    public final void afterAll(ExtensionContext tests) {
        unwatch();
        report();
    }

    private static boolean isExcluded(Optional<? extends AnnotatedElement> tests) {
        return AnnotationSupport.isAnnotated(tests, NotChecked.class);
    }

    private void watchUnless(boolean excluded) {
        if (excluded) {
            unwatch();
        } else {
            watch();
        }
    }

    private void report() {
        List<String> found = List.copyOf(findings);
        findings.clear();
        assertThat(found).as("what was wrong when it was closed").isEmpty();
    }
}
