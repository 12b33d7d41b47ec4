package io.vexel.cli;

import io.vexel.cli.terminal.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel help",
        description = "Lists the verbs, or explains one.",
        footer = {"", "Example:", "  vexel help search"})
final class HelpVerb extends Verb {

    @Parameters(index = "0", arity = "0..1", paramLabel = "VERB", description = "The verb to explain.")
    Optional<String> topic = Optional.empty();

    @Override
    public Integer call() {
        if (topic.isPresent()) {
            return explain(topic.get());
        }
        Map<String, Object> verbs = new LinkedHashMap<>();
        Table table = new Table("Verb", "What it does");
        for (String name : Verbs.names()) {
            String summary = summary(name);
            verbs.put(name, summary);
            table.row(name, summary);
        }
        String text = """
                Vexel keeps vectors in one crash-safe volume and finds the nearest ones.

                Usage: vexel VERB VOLUME [COLLECTION] ...
                       vexel VERB --help       explains a verb, with an example
                       vexel --version

                """ + table + """

                New here? 'vexel demo' takes a few seconds and leaves nothing behind.
                """;
        print(Map.of("verbs", verbs), text);
        return EXIT_OK;
    }

    private int explain(String name) {
        Optional<Verb> verb = Verbs.make(name);
        if (verb.isEmpty()) {
            throw usage("there is no verb '" + name + "'"
                    + Verbs.nearest(name)
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse(""));
        }
        CommandRunner.commandLine(verb.get(), session()).usage(terminal().out());
        return EXIT_OK;
    }

    private String summary(String name) {
        CommandLine line = CommandRunner.commandLine(Verbs.make(name).orElseThrow(), session());
        return String.join(" ", line.getCommandSpec().usageMessage().description());
    }
}
