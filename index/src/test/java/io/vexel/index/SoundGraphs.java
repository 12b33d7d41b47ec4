package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Checks every graph that a test of this module makes, right before it is closed: degrees, links, reachability, and that codes are those of the vectors.
 * The test fails when one is not sound. Registered for all tests of the module by {@code junit-platform.properties} and
 * {@code META-INF/services/org.junit.jupiter.api.extension.Extension}.
 */
public final class SoundGraphs implements BeforeEachCallback, AfterEachCallback {

    private final List<String> findings = new CopyOnWriteArrayList<>();

    /** Made once, for all tests. */
    public SoundGraphs() {}

    /** On a test whose graphs are not to be checked when they are closed. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.METHOD, ElementType.TYPE})
    @interface NotChecked {

        /** Why not. */
        String value();
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        findings.clear();
        if (!isNotChecked(test)) {
            ClosingWatch.set(this::check);
        }
    }

    private static boolean isNotChecked(ExtensionContext test) {
        return AnnotationSupport.isAnnotated(test.getElement(), NotChecked.class)
                || AnnotationSupport.isAnnotated(test.getTestClass(), NotChecked.class);
    }

    /** Looks at a graph that is about to be closed. */
    void check(DerivedIndex graph) {
        try {
            findings.addAll(graph.verify(RowFilter.ALL).findings());
        } catch (RuntimeException | AssertionError e) {
            findings.add("the check failed: " + e);
        }
    }

    /** What was wrong since the test began. */
    List<String> findings() {
        return findings;
    }

    @Override
    public void afterEach(ExtensionContext test) {
        ClosingWatch.set(_ -> {});
        assertThat(findings).as("what is wrong with graphs that were closed").isEmpty();
    }
}
