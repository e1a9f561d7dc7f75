package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.BlockOutput;
import io.jenkins.plugins.dockerarchive.image.LayerKeeper;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sending side of a layout: layers while they come into being, then the documents, which are the commit.
 *
 * <pre>
 * 'L' (length bytes)* 0 digest size diffId plainSize    a layer
 * 'L' (length bytes)* -1                                one of which no more will come
 * 'D' count (name length bytes)* 'E'                    the documents, and the end
 * </pre>
 *
 * Numbers are big-endian, 4 bytes for lengths and counts, 8 for sizes; texts are {@link DataOutputStream#writeUTF}.
 */
public final class LayoutSender implements LayerKeeper {

    static final int LAYER = 'L';
    static final int DOCUMENTS = 'D';
    static final int END = 'E';
    static final int ABANDONED = -1;

    private final DataOutputStream out;
    private final Map<String, StoredLayer> byDiffId = new ConcurrentHashMap<>();
    private final Map<String, StoredLayer> byDigest = new ConcurrentHashMap<>();
    private final Set<Long> plainSizes = ConcurrentHashMap.newKeySet();
    private long sent;
    private boolean begun;

    /**
     * @param out not closed here
     * @param known layers that the other side has
     */
    public LayoutSender(@NonNull OutputStream out, @NonNull Collection<StoredLayer> known) {
        this.out = new DataOutputStream(out);
        known.forEach(this::remember);
    }

    private void remember(StoredLayer layer) {
        byDiffId.putIfAbsent(layer.diffId(), layer);
        byDigest.putIfAbsent(layer.digest(), layer);
        plainSizes.add(layer.plainSize());
    }

    @Override
    @CheckForNull
    public StoredLayer byDiffId(@NonNull String diffId) {
        return byDiffId.get(diffId);
    }

    @Override
    @CheckForNull
    public StoredLayer byDigest(@NonNull String digest) {
        return byDigest.get(digest);
    }

    @Override
    public boolean hasPlainSize(long plainSize) {
        return plainSizes.contains(plainSize);
    }

    @Override
    @NonNull
    public OutputStream begin() throws IOException {
        out.writeByte(LAYER);
        begun = true;
        return new BlockOutput() {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (length > 0) {
                    out.writeInt(length);
                    out.write(bytes, offset, length);
                }
            }
        };
    }

    @Override
    public void abandon() throws IOException {
        if (begun) {
            begun = false;
            out.writeInt(ABANDONED);
        }
    }

    @Override
    public void end(@NonNull StoredLayer layer) throws IOException {
        begun = false;
        out.writeInt(0);
        out.writeUTF(layer.digest());
        out.writeLong(layer.size());
        out.writeUTF(layer.diffId());
        out.writeLong(layer.plainSize());
        out.flush(); // it counts as kept over there, whatever becomes of this side and however long the next one takes
        sent += layer.size();
        remember(layer);
    }

    /** Bytes of the layers that were sent. */
    public long sent() {
        return sent;
    }

    /** Sends the documents: the other side has everything then. */
    public void commit(@NonNull LayoutContent content) throws IOException {
        out.writeByte(DOCUMENTS);
        out.writeInt(content.documents().size());
        for (Map.Entry<String, byte[]> document : content.documents().entrySet()) {
            out.writeUTF(document.getKey());
            out.writeInt(document.getValue().length);
            out.write(document.getValue());
        }
        out.writeByte(END);
        out.flush();
    }
}
