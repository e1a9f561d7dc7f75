package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {

    /** Something to choose from. */
    private enum Colour {
        RED,
        BLUE
    }

    private static Parameters with(Object value) {
        return new Parameters("dockerSave", Collections.singletonMap("p", value));
    }

    static void assertRefused(String sentence, Executable executable) {
        assertEquals(sentence, assertThrows(BadInputException.class, executable).getMessage());
    }

    @Test
    void refusesAParameterThatTheStepDoesNotHave() throws Exception {
        Parameters parameters = new Parameters("dockerSave", Map.of("image", "shop:1"));

        parameters.allow(Set.of("image"));
        assertRefused(
                "dockerSave has no parameter 'image'; it has file, images.",
                () -> parameters.allow(Set.of("images", "file")));
    }

    @Test
    void laterChangesOfTheGivenMapDoNotCount() throws Exception {
        Map<String, Object> values = new LinkedHashMap<>(Map.of("p", "before"));
        Parameters parameters = new Parameters("dockerSave", values);

        values.put("p", "after");

        assertEquals("before", parameters.text("p"));
    }

    @Test
    void aTextIsTrimmedAndAnythingSimpleIsOne() throws Exception {
        assertEquals("shop", with(" shop\n").text("p"));
        assertEquals("5", with(5).text("p"));
        assertEquals("true", with(true).text("p"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\t"})
    void blankTextCountsAsNotGiven(String blank) throws Exception {
        assertNull(with(blank).text("p"));
        assertNull(with(null).text("p"));
        assertNull(new Parameters("dockerSave", Map.of()).text("p"));
        assertEquals(List.of(), with(blank).words("p"));
        assertEquals(Map.of(), with(blank).pairs("p"));
        assertEquals("yes", with(blank).flag("p", "yes", "no", true));
        assertEquals(Colour.BLUE, with(blank).choice("p", Colour.class, Colour.BLUE));
        assertRefused(
                "dockerSave: container is missing; give the name or ID of a container.",
                () -> with(blank).required("p", WrongInput.CONTAINER_MISSING));
    }

    @Test
    void aTextIsNoListAndNoMap() {
        assertRefused(
                "dockerSave: p must be one text, not [a, b].",
                () -> with(List.of("a", "b")).text("p"));
        assertRefused(
                "dockerSave: p must be one text, not {a=b}.",
                () -> with(Map.of("a", "b")).text("p"));
    }

    @ParameterizedTest
    @CsvSource({"true, yes", "TRUE, yes", "false, no", "False, no"})
    void aFlagIsTrueOrFalse(String text, String expected) throws Exception {
        assertEquals(expected, with(text).flag("p", "yes", "no", false));
    }

    @Test
    void aFlagMayBeABooleanAndHasADefault() throws Exception {
        assertEquals("yes", with(true).flag("p", "yes", "no", false));
        assertEquals("no", with(false).flag("p", "yes", "no", true));
        assertEquals("no", with(null).flag("p", "yes", "no", false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "1", "on", "truee"})
    void aFlagIsNothingElse(String text) {
        assertRefused(
                "dockerSave: p must be true or false, not '" + text + "'.",
                () -> with(text).flag("p", 1, 2, true));
    }

    @Test
    void aChoiceIsMadeByItsLowerCaseName() throws Exception {
        assertEquals(Colour.RED, with("red").choice("p", Colour.class, Colour.BLUE));
        assertRefused(
                "dockerSave: p 'Red' is unknown; use one of red, blue.",
                () -> with("Red").choice("p", Colour.class, Colour.BLUE));
    }

    @Test
    void typedTextIsSplitIntoWordsAndAListIsTakenAsItIs() throws Exception {
        assertEquals(List.of("a", "b", "c", "d"), with(" a,b\n c\t,, d ").words("p"));
        assertEquals(List.of("a b", "c,d"), with(List.of("a b", " c,d ")).words("p"));
        assertEquals(List.of("5"), with(5).words("p"));
        assertEquals(List.of(), with(List.of()).words("p"));
    }

    @Test
    void linesKeepTheirBlanks() throws Exception {
        assertEquals(
                List.of("CMD [\"a\", \"b\"]", "USER me"),
                with("CMD [\"a\", \"b\"]\r\n\n  USER me\n").lines("p"));
        assertEquals(List.of("ENV A=1"), with(List.of("ENV A=1")).lines("p"));
    }

    @Test
    void aListHoldsTextsOnly() {
        assertRefused(
                "dockerSave: p must hold texts only, not null.",
                () -> with(Arrays.asList("a", null)).words("p"));
        assertRefused(
                "dockerSave: p must hold texts only, not [b].",
                () -> with(List.of("a", List.of("b"))).words("p"));
        assertRefused(
                "dockerSave: p holds an empty text.",
                () -> with(List.of("a", " ")).words("p"));
        assertRefused(
                "dockerSave: p must be a list or a text, not a map.",
                () -> with(Map.of("a", "b")).words("p"));
    }

    @Test
    void pairsComeFromAMapOrFromText() throws Exception {
        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("a:1", "b:1");
        expected.put("c", "d=e");

        assertEquals(expected, with("a:1=b:1\nc=d=e").pairs("p"));
        assertEquals(expected, with(expected).pairs("p"));
        assertEquals(Map.of("a", "1"), with(Map.of(" a ", 1)).pairs("p"));
        assertEquals(
                List.of("a:1", "c"), new ArrayList<>(with(expected).pairs("p").keySet()));
        assertEquals(expected, with(List.of("a:1=b:1", "c=d=e")).pairs("p"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "=b", "a=", "=", "a=b c"})
    void aPairHasTwoSides(String text) {
        assertTrue(assertThrows(BadInputException.class, () -> with(text).pairs("p"))
                .getMessage()
                .matches("dockerSave: p '.*' must be old=new\\."));
    }

    @Test
    void aPairOfAMapHasTwoSidesToo() {
        assertRefused(
                "dockerSave: p 'a=' must be old=new.",
                () -> with(Collections.singletonMap("a", null)).pairs("p"));
        assertRefused(
                "dockerSave: p 'a=' must be old=new.",
                () -> with(Map.of("a", " ")).pairs("p"));
        assertRefused(
                "dockerSave: p '=b' must be old=new.",
                () -> with(Map.of("", "b")).pairs("p"));
    }

    @Test
    void namesOfPairsStandOnce() {
        assertRefused("dockerSave: p names 'a' twice.", () -> with("a=b a=c").pairs("p"));
        Map<String, String> twice = new LinkedHashMap<>();
        twice.put("a", "b");
        twice.put("a ", "c");
        assertRefused("dockerSave: p names 'a' twice.", () -> with(twice).pairs("p"));
    }

    @Test
    void readsPlatforms() throws Exception {
        assertEquals(
                List.of(new Platform("linux", "amd64", null), new Platform("linux", "arm64", "v8")),
                with("linux/amd64, linux/arm64/v8").platforms("p"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"linux", "linux/", "/amd64", "linux/amd64/v1/x", "linux/amd 64", "{\"os\":\"linux\"}"})
    void refusesWhatIsNoPlatform(String text) {
        String message = assertThrows(
                        BadInputException.class, () -> with(List.of(text)).platforms("p"))
                .getMessage();
        assertEquals(
                "dockerSave: p '" + text
                        + "' is not a platform; write os/architecture or os/architecture/variant, for example"
                        + " linux/amd64.",
                message);
    }
}
