package io.jenkins.plugins.dockerarchive.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes tar block by block, so that it can say what no honest tool would. */
final class RawTar {

    static final int BLOCK = 512;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** A header with a right checksum, and nothing after it. */
    static byte[] header(String name, char type, String size) {
        byte[] block = new byte[BLOCK];
        put(block, 0, name.getBytes(StandardCharsets.UTF_8));
        put(block, 100, "0000644\0");
        put(block, 108, "0000000\0");
        put(block, 116, "0000000\0");
        put(block, 124, size);
        put(block, 136, "00000000000\0");
        block[156] = (byte) type;
        put(block, 257, "ustar\00000");
        return withChecksum(block);
    }

    static byte[] header(String name, char type, long size) {
        return header(name, type, String.format("%011o\0", size));
    }

    static byte[] withChecksum(byte[] block) {
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        put(block, 148, String.format("%06o\0 ", sum));
        return block;
    }

    static void put(byte[] block, int at, String text) {
        put(block, at, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static void put(byte[] block, int at, byte[] text) {
        System.arraycopy(text, 0, block, at, text.length);
    }

    RawTar block(byte[] block) {
        bytes.writeBytes(block);
        return this;
    }

    /** Content, filled up to a whole block. */
    RawTar content(byte[] content) {
        bytes.writeBytes(content);
        bytes.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
        return this;
    }

    RawTar content(String content) {
        return content(content.getBytes(StandardCharsets.UTF_8));
    }

    RawTar entry(String name, char type, String content) {
        byte[] plain = content.getBytes(StandardCharsets.UTF_8);
        return block(header(name, type, plain.length)).content(plain);
    }

    RawTar file(String name, String content) {
        return entry(name, '0', content);
    }

    RawTar link(String name, char type, String target) {
        byte[] block = header(name, type, 0);
        put(block, 157, target.getBytes(StandardCharsets.UTF_8));
        return block(withChecksum(block));
    }

    /** A pax header of type x or g with these records, {@code key=value} each. */
    RawTar pax(char type, String... records) {
        StringBuilder all = new StringBuilder();
        for (String record : records) {
            all.append(record(record));
        }
        return entry("pax", type, all.toString());
    }

    static String record(String keyAndValue) {
        int rest = keyAndValue.getBytes(StandardCharsets.UTF_8).length + 2;
        int length = rest + String.valueOf(rest).length();
        length = rest + String.valueOf(length).length();
        return length + " " + keyAndValue + "\n";
    }

    RawTar end() {
        bytes.writeBytes(new byte[2 * BLOCK]);
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }
}
