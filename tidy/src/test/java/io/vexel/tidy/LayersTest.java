package io.vexel.tidy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Data flows one way: a module uses only the modules that ARCHITECTURE.md allows it. */
class LayersTest {

    private static final Map<String, List<String>> ALLOWED = Map.ofEntries(
            Map.entry("base", List.of()),
            Map.entry("memory", List.of("base")),
            Map.entry("device", List.of("base", "memory")),
            Map.entry("paging", List.of("base", "memory", "device")),
            Map.entry("filesystem", List.of("base", "memory", "device", "paging")),
            Map.entry("distance", List.of("base", "memory")),
            Map.entry("index", List.of("base", "memory", "distance")),
            Map.entry("collection", List.of("base", "memory", "device", "paging", "filesystem", "distance", "index")),
            Map.entry("engine", List.of("base", "memory", "device", "filesystem", "distance", "index", "collection")),
            Map.entry(
                    "cli",
                    List.of("base", "memory", "device", "filesystem", "distance", "index", "collection", "engine")),
            Map.entry(
                    "bench",
                    List.of(
                            "base",
                            "memory",
                            "device",
                            "paging",
                            "filesystem",
                            "distance",
                            "index",
                            "collection",
                            "engine",
                            "cli")));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vexel");

    @Test
    void modules_dependencies_followTheOrder() {
        assertThat(CLASSES.size()).as("classes seen").isGreaterThan(50);
        ALLOWED.forEach((module, allowed) -> {
            List<String> packages = new ArrayList<>(Stream.concat(allowed.stream(), Stream.of(module))
                    .map(name -> "io.vexel." + name + "..")
                    .toList());
            packages.addAll(List.of("java..", "javax..", "jdk..", "com.sun..", "org.jspecify.."));
            packages.addAll(libraries(module));
            classes()
                    .that()
                    .resideInAPackage("io.vexel." + module + "..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(packages.toArray(String[]::new))
                    .orShould()
                    .haveSimpleName("module-info")
                    .check(CLASSES);
        });
    }

    private static List<String> libraries(String module) {
        return switch (module) {
            case "paging" -> List.of("com.github.luben..");
            case "collection" -> List.of("tools.jackson..", "org.roaringbitmap..");
            case "cli" -> List.of("tools.jackson..", "picocli..");
            case "bench" ->
                List.of(
                        "picocli..",
                        "io.jhdf..",
                        "org.apache.lucene..",
                        "io.github.jbellis..",
                        "com.github.jelmerk..",
                        "io.netty..",
                        "org.openjdk.jmh..");
            default -> List.of();
        };
    }

    @Test
    void vectorApi_isSeenByDistanceOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.vexel.distance..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(CLASSES);
    }

    @Test
    void rawAddresses_areUsedByKernelsAndTheirCallersOnly() {
        noClasses()
                .that()
                .resideInAnyPackage("io.vexel.base..", "io.vexel.engine..", "io.vexel.cli..", "io.vexel.bench..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vexel.memory.raw..")
                .check(CLASSES);
    }

    @Test
    void clockAndStandardStreams_areReachedThroughPorts() {
        noClasses()
                .that()
                .resideInAnyPackage("io.vexel.filesystem..", "io.vexel.device..", "io.vexel.collection..")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Math.class, "random")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackages("io.vexel.cli..", "io.vexel.bench..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(System.class, "exit", int.class)
                .check(CLASSES);
    }

    @Test
    void otherEngines_areSeenByTheirAdaptersOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.vexel.bench.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.lucene..", "io.github.jbellis..", "com.github.jelmerk..")
                .check(CLASSES);
    }

    @Test
    void packages_vagueNames_areRefused() {
        Pattern vague = Pattern.compile(".*\\.(util|utils|common|helper|helpers|impl|misc)(\\..*)?");
        assertThat(CLASSES.stream().map(type -> type.getPackageName()).distinct())
                .noneMatch(name -> vague.matcher(name).matches());
    }

    @Test
    void moduleDescriptors_requires_matchTheLayers() {
        Pattern requires = Pattern.compile("requires (?:transitive |static )*io\\.vexel\\.(\\w+);");
        ALLOWED.forEach((module, allowed) -> {
            String descriptor = Repository.read(java.nio.file.Path.of(module, "src/main/java/module-info.java"));
            assertThat(requires.matcher(descriptor).results().map(match -> match.group(1)))
                    .as(module)
                    .isSubsetOf(allowed);
        });
    }

    @Test
    void builds_otherEngines_areDependenciesOfBenchOnly() {
        Pattern peer = Pattern.compile(
                "<artifactId>(lucene-core|jvector|hnswlib-core|jhdf|netty-buffer|jmh-core|bench)</artifactId>");
        assertThat(Repository.filesEndingIn("pom.xml").stream()
                        .filter(file -> peer.matcher(Repository.read(file)).find())
                        .map(java.nio.file.Path::toString))
                .as("builds that name another engine or the comparison")
                .containsExactlyInAnyOrder("bench/pom.xml", "pom.xml", "tidy/pom.xml");
    }
}
