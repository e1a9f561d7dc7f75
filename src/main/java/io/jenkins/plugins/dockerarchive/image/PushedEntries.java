package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.NotPushedException;
import io.jenkins.plugins.dockerarchive.engine.PushEndpoint;
import io.jenkins.plugins.dockerarchive.engine.PushedBlob;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an engine pushes as if it were an archive in OCI image layout: blobs as they come, then an index of our own. */
final class PushedEntries implements ArchiveEntries {

    private final PushEndpoint endpoint;
    private final List<PushedImage> images;
    private final ArchiveLimits limits;
    private final Set<String> seen = new HashSet<>();
    private final Deque<Map.Entry<String, byte[]>> documents = new ArrayDeque<>();
    private boolean complete;
    private InputStream content = InputStream.nullInputStream();

    PushedEntries(@NonNull PushEndpoint endpoint, @NonNull List<PushedImage> images, @NonNull ArchiveLimits limits) {
        this.endpoint = endpoint;
        this.images = images;
        this.limits = limits;
    }

    @Override
    public ArchiveEntry next() throws IOException {
        while (!complete) {
            PushedBlob blob = endpoint.take();
            if (blob == null) {
                complete = true;
                documents.add(Map.entry(LayoutContent.MARK, LayoutContent.mark()));
                documents.add(Map.entry(LayoutContent.INDEX, index()));
                break;
            }
            content = blob.content();
            if (seen.size() >= limits.entries()) {
                throw new ArchiveException("it has more than " + limits.entries() + " entries");
            }
            if (seen.add(blob.digest())) {
                return file(LayoutContent.blobName(blob.digest()), blob.size());
            }
            content.transferTo(OutputStream.nullOutputStream()); // two images may share it
        }
        Map.Entry<String, byte[]> document = documents.poll();
        if (document == null) {
            return null;
        }
        content = new ByteArrayInputStream(document.getValue());
        return file(document.getKey(), document.getValue().length);
    }

    private static ArchiveEntry file(String name, long size) {
        return new ArchiveEntry(name, ArchiveEntry.Kind.FILE, size, null);
    }

    @Override
    public InputStream content() {
        return content;
    }

    private byte[] index() throws IOException {
        Map<String, PushEndpoint.Tagged> tagged = endpoint.tagged();
        List<Object> manifests = new ArrayList<>();
        for (PushedImage image : images) {
            PushEndpoint.Tagged pushed = tagged.get(image.tag());
            String digest = pushed == null ? "nothing" : Sha256.of(pushed.manifest());
            if (!digest.equals(image.id())) {
                // one platform of an image of which the engine has not all
                throw new NotPushedException(
                        "it pushed " + digest + " for " + image.references().get(0) + ", which is " + image.id());
            }
            OciManifest top = new OciManifest(pushed.mediaType(), pushed.manifest(), digest);
            image.references().forEach(reference -> manifests.add(top.descriptor(reference)));
        }
        return new Json(limits).write(OciManifest.indexOf(manifests));
    }

    @Override
    public void close() {
        // whoever opened the endpoint closes it
    }
}
