package io.jenkins.plugins.dockerarchive.hermetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.engine.EngineEnvironment;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.ExportContainer;
import io.jenkins.plugins.dockerarchive.operations.ExportRequest;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import io.jenkins.plugins.dockerarchive.operations.FoundImages;
import io.jenkins.plugins.dockerarchive.operations.ImportFileSystem;
import io.jenkins.plugins.dockerarchive.operations.ImportRequest;
import io.jenkins.plugins.dockerarchive.operations.KeepImages;
import io.jenkins.plugins.dockerarchive.operations.LoadImages;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.operations.OperationContext;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.operations.Reception;
import io.jenkins.plugins.dockerarchive.operations.SaveImages;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;
import io.jenkins.plugins.dockerarchive.store.LayersUnderway;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One operation from the command line, by the code that runs on an agent. {@code --engine}, {@code --workspace} and
 * {@code --store} stand for what Jenkins gives a step; every other option is a parameter of the step.
 */
public final class Run {

    private final Map<String, String> options = new LinkedHashMap<>();
    private final String verb;

    private Run(List<String> arguments) throws BadInputException {
        if (arguments.isEmpty() || arguments.get(0).startsWith("-")) {
            throw new BadInputException(
                    "usage: hermetic/run dockerSave|dockerLoad|dockerExport|dockerImport --name=value ..."
                            + " [--engine=URI] [--workspace=DIR] [--store=DIR [--build=NUMBER]]");
        }
        verb = arguments.get(0);
        for (String argument : arguments.subList(1, arguments.size())) {
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--") || equals < 0) {
                throw new BadInputException("'" + argument + "' is not of the form --name=value.");
            }
            // a parameter that is given again is one more line of it, as for changes
            options.merge(
                    argument.substring(2, equals), argument.substring(equals + 1), (one, two) -> one + "\n" + two);
        }
    }

    /** Prints the step's map as one line of JSON; the log goes to standard error. */
    public static void main(String[] arguments) {
        int status = 1;
        try {
            System.out.println(new ObjectMapper().writeValueAsString(new Run(Arrays.asList(arguments)).run()));
            status = 0;
        } catch (IOException e) {
            // what a build log shows of a user's mistake: the sentence
            System.err.println("ERROR: " + e.getMessage());
        } catch (InterruptedException e) {
            System.err.println("ERROR: interrupted");
        }
        System.exit(status);
    }

    private Map<String, Object> run() throws IOException, InterruptedException {
        Path workspace = Path.of(option("workspace", ".")).toAbsolutePath().normalize();
        Map<String, String> environment = new TreeMap<>(System.getenv());
        String engine = option("engine", null);
        if (engine != null) {
            environment.put("DOCKER_HOST", engine);
        }
        String store = option("store", null);
        EngineAddress address = new EngineEnvironment().resolve(environment);
        Path temporary = Files.createTempDirectory("docker-archive-run");
        LocalStore shelf = new LocalStore(
                store == null ? null : Path.of(store).toAbsolutePath(), build(), temporary, new LayersUnderway());
        try {
            OperationContext context =
                    new OperationContext(workspace, temporary, address, ArchiveLimits.defaults(), System.err::println);
            Parameters parameters = new Parameters(verb, options);
            return switch (verb) {
                case "dockerSave" -> save(context, parameters, shelf);
                case "dockerLoad" ->
                    new LoadImages(context)
                            .run(LoadRequest.from(parameters, source(parameters, shelf)))
                            .toMap();
                case "dockerExport" -> export(new ExportContainer(context), parameters, shelf);
                case "dockerImport" ->
                    new ImportFileSystem(context)
                            .run(ImportRequest.from(parameters, source(parameters, shelf)))
                            .toMap();
                default ->
                    throw new BadInputException("There is no step '" + verb
                            + "'; use dockerSave, dockerLoad, dockerExport or dockerImport.");
            };
        } finally {
            LocalStore.delete(temporary);
        }
    }

    private int build() throws BadInputException {
        String number = option("build", "1");
        if (!number.matches("[1-9][0-9]{0,6}")) {
            throw new BadInputException("--build=" + number + " is not the number of a build.");
        }
        return Integer.parseInt(number);
    }

    private static Map<String, Object> save(OperationContext context, Parameters parameters, LocalStore store)
            throws IOException, InterruptedException {
        SaveRequest request = SaveRequest.from(parameters);
        store.check(request.destination());
        SaveImages operation = new SaveImages(context);
        if (LocalStore.isLayered(request)) {
            return keepLayers(context, operation, request, store).toMap();
        }
        SaveResult result = operation.run(request);
        if (result.file() != null) {
            store.deliver(request.destination(), Path.of(result.directory()), List.of(result.file()));
        }
        return result.toMap();
    }

    static SaveResult keepLayers(OperationContext context, SaveImages operation, SaveRequest request, LocalStore store)
            throws IOException, InterruptedException {
        FoundImages found = operation.find(request);
        if (found.images().isEmpty()) {
            return new SaveResult("", null, 0, null, List.of(), 0, true);
        }
        try (KeepImages keep = store.keep(context, request, found)) {
            SaveResult unchanged = keep.unchanged();
            return unchanged != null ? unchanged : receive(operation, request, store, keep);
        }
    }

    private static SaveResult receive(SaveImages operation, SaveRequest request, LocalStore store, KeepImages keep)
            throws IOException, InterruptedException {
        try (Reception reception = new Reception(keep, "hermetic/run", OutputStream.nullOutputStream())) {
            SaveResult file;
            try {
                file = operation.send(request, keep.known(), reception.sinks(1).get(0));
            } catch (IOException e) {
                throw reception.reason(e);
            }
            SaveResult kept = reception.result();
            if (file != null && request.destination().artifact() && request.format() == ArchiveFormat.TAR) {
                store.artifact(Path.of(file.directory()), file.file());
            }
            reception.accept();
            return kept;
        }
    }

    private static Map<String, Object> export(ExportContainer operation, Parameters parameters, LocalStore store)
            throws IOException, InterruptedException {
        ExportRequest request = ExportRequest.from(parameters);
        store.check(request.destination());
        ExportResult result = operation.run(request);
        store.deliver(
                request.destination(),
                Path.of(result.directory()),
                result.configFile() == null ? List.of(result.file()) : List.of(result.file(), result.configFile()));
        return result.toMap();
    }

    private static ArchiveSource source(Parameters parameters, LocalStore store) throws IOException {
        SourceChoice choice = SourceChoice.from(parameters);
        return switch (choice.kind()) {
            case FILE -> new ArchiveSource(choice.file(), null, choice.sha256(), choice.file());
            case URL -> new ArchiveSource(null, choice.url(), choice.sha256(), choice.url());
            case STASH ->
                new ArchiveSource(
                        store.stash(choice.stash()).toString(),
                        null,
                        choice.sha256(),
                        "stash '" + choice.stash() + "'");
            case BUILD -> {
                if (choice.project() != null || choice.build() != null) {
                    throw new BadInputException("project and build need Jenkins; here archive names one in --store.");
                }
                yield new ArchiveSource(
                        store.artifact(choice.archive()).toString(),
                        null,
                        choice.sha256(),
                        "artifact '" + choice.archive() + "'");
            }
        };
    }

    private String option(String name, String byDefault) {
        String value = options.remove(name);
        return value == null ? byDefault : value;
    }
}
