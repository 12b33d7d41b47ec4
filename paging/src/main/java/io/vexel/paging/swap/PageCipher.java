package io.vexel.paging.swap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM (NIST SP 800-38D) over pages: the nonce is the sequence number of the write, which never comes again under a key; page number and
 * slot are associated data. The tag does not go to the device but into memory, so that a slot is as long as a page. Not safe for
 * concurrent use.
 */
final class PageCipher {

    static final int KEY_BYTES = 32;

    private static final int TAG_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final ValueLayout.OfLong TAG_HALF = ValueLayout.JAVA_LONG_UNALIGNED;

    private final SecretKeySpec key;
    private final Cipher cipher;
    private final byte[] plain;
    private final byte[] sealed;

    PageCipher(SecretKeySpec key, int pageBytes) {
        this.key = key;
        plain = new byte[pageBytes];
        sealed = new byte[pageBytes + TAG_BYTES];
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new LinkageError("every JDK has AES/GCM/NoPadding", e);
        }
    }

    /** Encrypts a page into {@code target}. */
    SlotFacts seal(long page, long sequence, long slot, MemorySegment source, MemorySegment target) {
        MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, plain, 0, plain.length);
        try {
            begin(Cipher.ENCRYPT_MODE, page, sequence, slot);
            cipher.doFinal(plain, 0, plain.length, sealed, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a page of fixed size cannot be encrypted", e);
        }
        MemorySegment.copy(sealed, 0, target, ValueLayout.JAVA_BYTE, 0, plain.length);
        MemorySegment tag = MemorySegment.ofArray(sealed);
        return new SlotFacts(
                page, sequence, tag.get(TAG_HALF, plain.length), tag.get(TAG_HALF, plain.length + Long.BYTES));
    }

    /** Decrypts a page into {@code target}; false, with the target untouched, when the bytes are not those that were encrypted. */
    boolean open(SlotFacts facts, long slot, MemorySegment source, MemorySegment target) {
        MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, sealed, 0, plain.length);
        MemorySegment tag = MemorySegment.ofArray(sealed);
        tag.set(TAG_HALF, plain.length, facts.tagLow());
        tag.set(TAG_HALF, plain.length + Long.BYTES, facts.tagHigh());
        try {
            begin(Cipher.DECRYPT_MODE, facts.page(), facts.sequence(), slot);
            cipher.doFinal(sealed, 0, sealed.length, plain, 0);
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a page of fixed size cannot be decrypted", e);
        }
        MemorySegment.copy(plain, 0, target, ValueLayout.JAVA_BYTE, 0, plain.length);
        return true;
    }

    private void begin(int mode, long page, long sequence, long slot) throws GeneralSecurityException {
        byte[] nonce = ByteBuffer.allocate(NONCE_BYTES).putLong(sequence).array();
        cipher.init(mode, key, new GCMParameterSpec(8 * TAG_BYTES, nonce));
        cipher.updateAAD(
                ByteBuffer.allocate(2 * Long.BYTES).putLong(page).putLong(slot).array());
    }
}
