package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.operations.Amount;
import java.util.ArrayList;
import java.util.List;

/** What the archives of builds take on the disk, one bar a build, oldest left: a drawing in units. */
public final class UseChart {

    private static final int HEIGHT = 120;
    private static final int MOST = 60;

    /** Builds for which wide bars have room in any window. */
    private static final int FEW = 10;

    private static final int NARROW = 12;
    private static final int WIDE = 28;

    /** Between two bars. */
    private static final int GAP = 4;

    private final List<JobPage.Row> rows;

    /** @param rows newest first */
    UseChart(@NonNull List<JobPage.Row> rows) {
        this.rows = rows.subList(0, Math.min(MOST, rows.size()));
    }

    /** One bar: what is new of a build above what it shares with earlier ones. */
    public static final class Bar {
        private final int x;
        private final int sharedHeight;
        private final int newHeight;
        private final String title;

        Bar(int x, int sharedHeight, int newHeight, String title) {
            this.x = x;
            this.sharedHeight = sharedHeight;
            this.newHeight = newHeight;
            this.title = title;
        }

        public int getX() {
            return x;
        }

        public int getSharedY() {
            return HEIGHT - sharedHeight;
        }

        public int getSharedHeight() {
            return sharedHeight;
        }

        public int getNewY() {
            return HEIGHT - sharedHeight - newHeight;
        }

        public int getNewHeight() {
            return newHeight;
        }

        public String getTitle() {
            return title;
        }
    }

    @NonNull
    public List<Bar> getBars() {
        long most = Math.max(1, largest());
        List<Bar> bars = new ArrayList<>();
        for (int i = rows.size() - 1; i >= 0; i--) {
            JobPage.Row row = rows.get(i);
            bars.add(new Bar(
                    (rows.size() - 1 - i) * (getBarWidth() + GAP),
                    height(row.bytes() - row.addedBytes(), most),
                    height(row.addedBytes(), most),
                    Texts.CHART_BAR.text(
                            row.getBuild().getDisplayName(), Amount.size(row.bytes()), Amount.size(row.addedBytes()))));
        }
        return bars;
    }

    private static int height(long bytes, long most) {
        return bytes == 0 ? 0 : (int) Math.max(1, Math.round((double) bytes * HEIGHT / most));
    }

    private long largest() {
        return rows.stream().mapToLong(JobPage.Row::bytes).max().orElse(0);
    }

    /** Name of the build on the left. */
    @NonNull
    public String getOldest() {
        return rows.isEmpty() ? "" : rows.get(rows.size() - 1).getBuild().getDisplayName();
    }

    /** Name of the build on the right, empty where that is the same one. */
    @NonNull
    public String getNewest() {
        return rows.size() < 2 ? "" : rows.get(0).getBuild().getDisplayName();
    }

    public int getWidth() {
        return Math.max(1, rows.size()) * (getBarWidth() + GAP) - GAP;
    }

    public int getHeight() {
        return HEIGHT;
    }

    public int getBarWidth() {
        return rows.size() > FEW ? NARROW : WIDE;
    }

    /** Of the highest bar. */
    @NonNull
    public String getLargest() {
        return Amount.size(largest());
    }

    /** The drawing in words. */
    @NonNull
    public String getText() {
        long added = rows.stream().mapToLong(JobPage.Row::addedBytes).sum();
        return Texts.CHART_TEXT.text(rows.size(), Amount.size(largest()), Amount.size(added));
    }

    /** Whether there is anything to draw. */
    public boolean isDrawn() {
        return largest() > 0;
    }
}
