package io.jenkins.plugins.dockerarchive.image;

import java.nio.charset.StandardCharsets;

/** For fuzzing: what is taken for a reference has one spelling that is taken again, and nothing that an address ends with. */
public final class ReferenceFuzz {

    private ReferenceFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        Reference reference;
        try {
            reference = Reference.parse(text);
        } catch (IllegalArgumentException e) {
            return;
        }
        String familiar = reference.familiar();
        // a tag may hold two dots, and cannot begin with one or hold a slash
        if (!familiar.matches("[A-Za-z0-9._:/\\[\\]-]+")
                || reference.familiarRepository().contains("..")) {
            throw new AssertionError("'" + text + "' became '" + familiar + "'");
        }
        if (!Reference.parse(familiar).equals(reference)
                || !Reference.parse(reference.toString()).equals(reference)) {
            throw new AssertionError("'" + text + "' is not read back from '" + familiar + "'");
        }
    }
}
