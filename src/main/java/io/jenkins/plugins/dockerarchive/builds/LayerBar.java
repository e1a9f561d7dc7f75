package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.operations.Amount;
import java.util.ArrayList;
import java.util.List;

/** The layers of an image side by side, as wide as they are large: a picture of {@link #WIDTH} units. */
public final class LayerBar {

    /** Units across. */
    public static final int WIDTH = 1000;

    /** An empty layer is seen, too. */
    private static final int LEAST = 3;

    private final RecordedImage image;

    LayerBar(@NonNull RecordedImage image) {
        this.image = image;
    }

    /**
     * One layer.
     *
     * @param x units from the left
     * @param width units
     * @param state new or shared, as the end of a CSS class
     * @param title what a pointer above it tells
     */
    public record Segment(
            int x,
            int width,
            @NonNull String state,
            @NonNull String title) {
        // for views, which know getters
        public int getX() {
            return x;
        }

        public int getWidth() {
            return width;
        }

        public String getState() {
            return state;
        }

        public String getTitle() {
            return title;
        }
    }

    @NonNull
    public List<Segment> getSegments() {
        List<RecordedLayer> layers = image.getLayers();
        List<Segment> segments = new ArrayList<>();
        long total = Math.max(1, image.getSize());
        double room = Math.max(0, WIDTH - (double) LEAST * layers.size());
        double x = 0;
        for (RecordedLayer layer : layers) {
            double width = Math.min(LEAST, (double) WIDTH / layers.size()) + room * layer.getSize() / total;
            int from = (int) Math.round(x);
            x += width;
            segments.add(new Segment(
                    from,
                    (int) Math.round(x) - from,
                    layer.isAdded() ? "new" : "shared",
                    (layer.isAdded() ? Texts.LAYER_NEW : Texts.LAYER_SHARED)
                            .text(layer.getDiffId(), Amount.size(layer.getSize()))));
        }
        return segments;
    }

    /** The bar in words. */
    @NonNull
    public String getText() {
        long added = image.getLayers().stream().filter(RecordedLayer::isAdded).count();
        return Texts.LAYERS.text(
                image.getLayers().size(), Amount.size(image.getSize()), added, Amount.size(image.getAddedSize()));
    }
}
