package io.vexel.bench.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/** The versions of the peers, as the build pinned them in {@code peers.properties}. */
final class PeerVersions {

    private static final Properties VERSIONS = load();

    private PeerVersions() {}

    static String of(String peer) {
        return Objects.requireNonNull(VERSIONS.getProperty(peer), peer);
    }

    private static Properties load() {
        Properties properties = new Properties();
        try (InputStream stream = Objects.requireNonNull(PeerVersions.class.getResourceAsStream("peers.properties"))) {
            properties.load(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }
}
