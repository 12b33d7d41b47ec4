package io.vexel.tidy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The source tree as the rules see it: every file that is neither built nor git's own, nor a volume, such as the tour of the README leaves there. */
final class Repository {

    static final Path ROOT = root();

    private static final Set<String> SKIPPED_DIRECTORIES = Set.of("target", ".git", ".idea");
    private static final String VOLUME = ".vexel";

    private Repository() {}

    /** All files, relative to the root, sorted. */
    static List<Path> files() {
        List<Path> result = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    boolean skipped = !directory.equals(ROOT)
                            && SKIPPED_DIRECTORIES.contains(
                                    directory.getFileName().toString());
                    return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (!file.toString().endsWith(VOLUME)) {
                        result.add(ROOT.relativize(file));
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        result.remove(Path.of(".git"));
        result.sort(null);
        return result;
    }

    static List<Path> filesEndingIn(String... endings) {
        return files().stream()
                .filter(file -> List.of(endings).stream().anyMatch(file.toString()::endsWith))
                .toList();
    }

    /** Java sources that ship: everything below {@code src/main/java}. */
    static List<Path> mainSources() {
        return filesEndingIn(".java").stream()
                .filter(file -> file.toString().contains("src/main/java"))
                .toList();
    }

    static String read(Path file) {
        try {
            return Files.readString(ROOT.resolve(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    private static Path root() {
        String set = System.getProperty("vexel.root", "");
        Path start = set.isEmpty() ? Path.of("").toAbsolutePath() : Path.of(set);
        return Optional.of(start)
                .filter(path -> Files.exists(path.resolve("vexel")) || Files.exists(path.resolve("base")))
                .orElseGet(start::getParent);
    }
}
