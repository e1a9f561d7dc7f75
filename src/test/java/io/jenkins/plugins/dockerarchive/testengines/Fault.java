package io.jenkins.plugins.dockerarchive.testengines;

/** What can go wrong, and what is promised then; docs/reliability.md has the results of the tests that try it. */
public enum Fault {
    F1("the engine is killed within a save", "the step fails soon and names the engine, no file; the next one works"),
    F2("the engine is killed within a load", "the step fails, the old image keeps its reference; the next one works"),
    F3("a save arrives with status 200 but is not whole", "always noticed, never an archive"),
    F4("a load is answered with success that is none", "the step fails with the engine's words, no reference moves"),
    F5("the agent or its connection is lost within a transfer", "no archive that lacks a layer is ever committed"),
    F6("a disk is full", "a message that says so, nothing left, other builds unharmed"),
    F7("a build is stopped in any phase", "ends within 5 s, nothing left"),
    F8("the controller is killed", "all earlier archives are sound, half ones are gone"),
    F9("power is cut", "every archive that can be seen is sound"),
    F10("an archive is cut anywhere, or a bit of it flips", "refused before a reference moves, or nothing changed"),
    F11("content is replaced, swapped or edited", "refused, naming what does not fit"),
    F12("many builds save the same layers while old ones are deleted", "no layer is missing or there twice"),
    F13("a sweep is killed", "no layer in use is lost"),
    F14("the engine loses a layer while a load counts on it", "the whole archive follows"),
    F15("two steps write one name or load one image at once", "both are whole, or one is refused clearly"),
    F16("the engine is silent, stalls, or is slow", "silence ends the step, slowness does not"),
    F17("a server refuses, fails, breaks off or sends other bytes", "noticed, nothing left"),
    F18("the file system refuses", "a sentence that names the place"),
    F19("an archive is made to do harm", "refused by name or harmless, in 64 MB and bounded time");

    private final String text;
    private final String promise;

    Fault(String text, String promise) {
        this.text = text;
        this.promise = promise;
    }

    public String text() {
        return text;
    }

    public String promise() {
        return promise;
    }
}
