package hudson;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Pure functions over strings only. */
public class Util {
    public static String fixEmpty(String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    public static String fixEmptyAndTrim(String text) {
        return text == null ? null : fixEmpty(text.trim());
    }

    public static String fixNull(String text) {
        return text == null ? "" : text;
    }

    public static String escape(String text) {
        if (text == null) {
            return null;
        }
        StringBuilder html = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> html.append("<br>");
                case '<' -> html.append("&lt;");
                case '>' -> html.append("&gt;");
                case '&' -> html.append("&amp;");
                case '"' -> html.append("&quot;");
                case '\'' -> html.append("&#039;");
                case ' ' -> html.append(i > 0 && text.charAt(i - 1) == ' ' ? "&nbsp;" : " ");
                default -> html.append(c);
            }
        }
        return html.toString();
    }

    public static String xmlEscape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    public static String join(Collection<?> parts, String separator) {
        return parts.stream().map(String::valueOf).collect(Collectors.joining(separator));
    }

    public static boolean isRelativePath(String path) {
        if (path.startsWith("/") || path.startsWith("\\\\")) {
            return false;
        }
        return !path.toLowerCase(Locale.ROOT).matches("(?s)[a-z]:[/\\\\].*");
    }

    public static void deleteRecursive(File directory) throws IOException {
        File[] children = Files.isSymbolicLink(directory.toPath()) ? null : directory.listFiles();
        if (children != null) {
            for (File child : children) {
                deleteRecursive(child);
            }
        }
        Files.deleteIfExists(directory.toPath());
    }

    public static String rawEncode(String segment) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : segment.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 128 && (Character.isLetterOrDigit(c) || "!$&'()*+,-.:=@_~".indexOf(c) >= 0)) {
                encoded.append(c);
            } else {
                encoded.append(String.format("%%%02X", (int) c));
            }
        }
        return encoded.toString();
    }
}
