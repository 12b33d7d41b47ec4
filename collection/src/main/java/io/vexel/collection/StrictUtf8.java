package io.vexel.collection;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** UTF-8 that refuses what the JDK's methods would silently replace by question marks. */
final class StrictUtf8 {

    private StrictUtf8() {}

    /** @param what names the text in the message of the {@link IllegalArgumentException} for an unpaired surrogate */
    static byte[] encode(String what, String text) {
        int unpaired = unpairedSurrogate(text);
        if (unpaired >= 0) {
            throw new IllegalArgumentException(
                    what + " character " + unpaired + " is an unpaired surrogate, allowed: well-formed text");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String decode(String what, byte[] utf8) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(what + " is not UTF-8, allowed: well-formed UTF-8", e);
        }
    }

    static int unpairedSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean paired = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!paired) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
