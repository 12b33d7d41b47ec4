package io.vexel.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * The size ratchet: files, methods and parameter lists stay small. What is over a limit stands in {@code ratchet.txt} with
 * its exact size; when it shrinks, the line must go down with it, so that it never grows again.
 */
class SizesTest {

    private static final int FILE_LINES = 800;
    private static final int METHOD_LINES = 70;
    private static final int PARAMETERS = 5;
    private static final Path RATCHET = Path.of("tidy/ratchet.txt");

    @Test
    void sources_sizes_areWithinTheLimitsOrExactlyAsTheRatchetSays() throws IOException {
        TreeSet<String> over = new TreeSet<>();
        for (Path file : Repository.mainSources()) {
            long lines = Repository.read(file).lines().count();
            if (lines > FILE_LINES) {
                over.add(file + " lines " + lines);
            }
        }
        for (Method method : methods()) {
            if (method.lines > METHOD_LINES) {
                over.add(method.name + " lines " + method.lines);
            }
            if (method.parameters > PARAMETERS) {
                over.add(method.name + " parameters " + method.parameters);
            }
        }
        List<String> allowed = Repository.read(RATCHET)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        assertThat(over).as("over the limits, against %s", RATCHET).containsExactlyInAnyOrderElementsOf(allowed);
    }

    @Test
    void publicMethods_booleanParameters_areRefused() throws IOException {
        // The condition of a check is what the check is about.
        assertThat(methods().stream().filter(method -> method.publicBoolean).map(Method::name))
                .containsExactly("base/src/main/java/io/vexel/base/Checks.java#argument");
    }

    private record Method(String name, long lines, int parameters, boolean publicBoolean) {}

    private static List<Method> methods() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<Method> result = new ArrayList<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
            List<Path> sources = Repository.mainSources().stream()
                    .map(Repository.ROOT::resolve)
                    .toList();
            assertThat(sources).hasSizeGreaterThan(20);
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new MethodScanner(unit, positions, result).scan(unit, null);
            }
        }
        return result;
    }

    private static final class MethodScanner extends TreePathScanner<Void, Void> {

        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<Method> result;

        MethodScanner(CompilationUnitTree unit, SourcePositions positions, List<Method> result) {
            this.unit = unit;
            this.positions = positions;
            this.result = result;
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            long start = positions.getStartPosition(unit, method.getBody() == null ? method : method.getBody());
            long end = positions.getEndPosition(unit, method);
            if (start >= 0 && end >= 0) {
                LineMap map = unit.getLineMap();
                long lines = map.getLineNumber(end) - map.getLineNumber(start) + 1;
                boolean inRecord = getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.RECORD;
                boolean constructor = method.getName().contentEquals("<init>");
                boolean takesBoolean = method.getParameters().size() > 0
                        && method.getParameters().stream()
                                .anyMatch(parameter -> "boolean".equals(String.valueOf(parameter.getType())));
                boolean isPublic = method.getModifiers().getFlags().contains(Modifier.PUBLIC);
                boolean setter = method.getParameters().size() == 1;
                result.add(new Method(
                        fileName() + "#" + method.getName(),
                        lines,
                        inRecord && constructor ? 0 : method.getParameters().size(),
                        takesBoolean && isPublic && !setter && !(inRecord && constructor)));
            }
            return super.visitMethod(method, unused);
        }

        private String fileName() {
            return Repository.ROOT
                    .relativize(Path.of(unit.getSourceFile().toUri()))
                    .toString();
        }
    }
}
