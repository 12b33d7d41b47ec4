package io.vexel.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A class that nothing uses is not kept. */
class DeadCodeTest {

    /** Entry points that the JVM or a reader's program calls. */
    private static final Set<String> ENTRY_POINTS = Set.of("io.vexel.cli.Main", "io.vexel.bench.Main");

    @Test
    void mainClasses_withoutAUser_areRefused() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.vexel");
        List<String> unused = classes.stream()
                .filter(type -> !type.getPackageName().startsWith("io.vexel.testkit"))
                .filter(type -> !type.getPackageName().startsWith("io.vexel.tidy"))
                .filter(type -> !type.getPackageName().startsWith("io.vexel.engine"))
                // Made by JMH out of the benchmarks, and found by their names.
                .filter(type -> !type.getPackageName().endsWith(".jmh_generated"))
                .filter(type -> !type.getSimpleName().endsWith("-info") && !type.isAnonymousClass())
                .filter(type -> type.getEnclosingClass().isEmpty())
                .filter(type -> !ENTRY_POINTS.contains(type.getName()))
                .filter(type -> type.getDirectDependenciesToSelf().stream()
                        .map(dependency -> outermost(dependency.getOriginClass()))
                        .allMatch(origin -> origin.equals(type)))
                .filter(type -> !isNamedElsewhere(type.getSimpleName()))
                .map(JavaClass::getName)
                .toList();
        assertThat(unused).isEmpty();
    }

    /** Constants are folded into their users, so their class is used in the source only. */
    private static boolean isNamedElsewhere(String simpleName) {
        Pattern name = Pattern.compile("\\b" + simpleName + "\\.");
        return Repository.mainSources().stream()
                .filter(file -> !file.endsWith(simpleName + ".java"))
                .anyMatch(file -> name.matcher(Repository.read(file)).find());
    }

    private static JavaClass outermost(JavaClass type) {
        JavaClass current = type;
        while (current.getEnclosingClass().isPresent()) {
            current = current.getEnclosingClass().orElseThrow();
        }
        return current;
    }
}
