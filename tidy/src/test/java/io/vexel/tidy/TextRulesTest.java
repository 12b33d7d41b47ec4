package io.vexel.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Rules about words, links and files that nobody needs. */
class TextRulesTest {

    private static final Pattern BANNED = Pattern.compile(
            "\\b(TODO|FIXME|XXX|HACK)\\b|not (yet )?implemented|\\bplaceholder\\b|simplified for now|\\bfor now\\b"
                    + "|\\bblazing(ly)?\\b|\\bproduction[- ]ready\\b|\\bworld[- ]class\\b|\\bcutting[- ]edge\\b");
    private static final Pattern MACHINE_PATH =
            Pattern.compile("/tmp/[a-z]|/home/[a-z]|/root/|(?<![\\w./])/work/|\\.\\./shared");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
    private static final Path THIS_FILE = Path.of("tidy/src/test/java/io/vexel/tidy/TextRulesTest.java");

    @Test
    void texts_bannedWords_areAbsent() {
        List<String> found = new ArrayList<>();
        for (Path file : Repository.filesEndingIn(".java", ".md", ".xml", ".sh", "vexel", "run", ".yml")) {
            if (!file.equals(THIS_FILE)) {
                report(file, BANNED, found);
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void texts_pathsOfOneMachine_areAbsent() {
        List<String> found = new ArrayList<>();
        for (Path file : Repository.filesEndingIn(".java", ".md", ".xml")) {
            if (!file.toString().contains("src/test")) {
                report(file, MACHINE_PATH, found);
            }
        }
        assertThat(found).isEmpty();
    }

    private static void report(Path file, Pattern pattern, List<String> found) {
        int number = 0;
        for (String line : Repository.read(file).lines().toList()) {
            number++;
            if (pattern.matcher(line).find()) {
                found.add(file + ":" + number + ": " + line.strip());
            }
        }
    }

    @Test
    void documents_links_leadToFilesAndHeadings() {
        List<String> broken = new ArrayList<>();
        for (Path document : Repository.filesEndingIn(".md")) {
            for (String target : links(document)) {
                checkLink(document, target, broken);
            }
        }
        assertThat(broken).isEmpty();
    }

    private static void checkLink(Path document, String target, List<String> broken) {
        if (target.contains("://") || target.startsWith("mailto:")) {
            return;
        }
        int hash = target.indexOf('#');
        String path = hash < 0 ? target : target.substring(0, hash);
        Path file = path.isEmpty() ? document : resolve(document, path);
        if (!Files.exists(Repository.ROOT.resolve(file))) {
            broken.add(document + " -> " + target);
        } else if (hash >= 0 && !anchors(file).contains(target.substring(hash + 1))) {
            broken.add(document + " -> " + target + " (no such heading)");
        }
    }

    private static Set<String> anchors(Path file) {
        Set<String> result = new HashSet<>();
        HEADING.matcher(Repository.read(file))
                .results()
                .forEach(heading -> result.add(heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-')));
        return result;
    }

    @Test
    void documents_everyPage_isReachableFromTheReadme() {
        Set<Path> reached = new HashSet<>();
        Deque<Path> open = new ArrayDeque<>(List.of(Path.of("README.md")));
        while (!open.isEmpty()) {
            Path document = open.pop();
            if (reached.add(document) && document.toString().endsWith(".md")) {
                for (String target : links(document)) {
                    Path file = resolve(document, target.replaceAll("#.*", ""));
                    if (!target.contains("://") && Files.isRegularFile(Repository.ROOT.resolve(file))) {
                        open.push(file);
                    }
                }
            }
        }
        assertThat(Repository.filesEndingIn(".md")).isSubsetOf(reached);
    }

    @Test
    void resources_everyFile_isNamedInSomeSource() {
        StringBuilder sources = new StringBuilder();
        Repository.filesEndingIn(".java", ".xml", "vexel", "run", ".md")
                .forEach(file -> sources.append(Repository.read(file)));
        String all = sources.toString();
        assertThat(Repository.files().stream()
                        .filter(file -> file.toString().contains("resources/"))
                        .map(file -> file.getFileName().toString()))
                .allMatch(all::contains);
    }

    @Test
    void packages_everyOne_hasItsPackageInfo() {
        Set<Path> packages = new HashSet<>();
        Repository.mainSources().stream()
                .filter(file -> !file.endsWith("module-info.java"))
                .forEach(file -> packages.add(file.getParent()));
        assertThat(packages)
                .hasSizeGreaterThan(8)
                .allMatch(directory ->
                        Files.exists(Repository.ROOT.resolve(directory).resolve("package-info.java")));
    }

    @Test
    void builds_everyPlugin_isPinned() {
        String pom = Repository.read(Path.of("pom.xml"));
        String managed = pom.substring(pom.indexOf("<pluginManagement>"), pom.indexOf("</pluginManagement>"));
        Pattern plugin = Pattern.compile("<artifactId>([\\w-]+-plugin)</artifactId>");
        Pattern pinned = Pattern.compile("<artifactId>([\\w-]+-plugin)</artifactId>\\s*<version>[0-9.]+</version>");
        Set<String> pins = new HashSet<>();
        pinned.matcher(managed).results().map(match -> match.group(1)).forEach(pins::add);
        for (Path file : Repository.filesEndingIn("pom.xml")) {
            assertThat(plugin.matcher(Repository.read(file)).results().map((MatchResult match) -> match.group(1)))
                    .as(file.toString())
                    .isSubsetOf(pins);
        }
    }

    private static List<String> links(Path document) {
        String text = Repository.read(document).replaceAll("(?s)```.*?```", "").replaceAll("`[^`\n]*`", "");
        return LINK.matcher(text).results().map(match -> match.group(1)).toList();
    }

    private static Path resolve(Path document, String target) {
        Path parent = document.getParent();
        return (parent == null ? Path.of(target) : parent.resolve(target)).normalize();
    }
}
