package io.vexel.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README's Java is the Java that the tests compile and run. */
class ReadmeTest {

    private static final Path EXAMPLE = Path.of("engine/src/test/java/io/vexel/engine/ReadmeExampleTest.java");

    @Test
    void readme_javaExample_isTheOneThatRuns() {
        assertThat(between(Repository.read(Path.of("README.md")), "```java\n", "```"))
                .isEqualTo(between(Repository.read(EXAMPLE), "// README-START\n", "        // README-END")
                                .stripTrailing()
                                .stripIndent()
                        + "\n");
    }

    private static String between(String text, String start, String end) {
        Matcher matcher = Pattern.compile(Pattern.quote(start) + "(.*?)" + Pattern.quote(end), Pattern.DOTALL)
                .matcher(text);
        assertThat(matcher.find()).as("a text between %s and %s", start, end).isTrue();
        return matcher.group(1);
    }
}
