package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import org.jenkinsci.plugins.workflow.actions.LabelAction;
import org.jenkinsci.plugins.workflow.actions.ThreadNameAction;
import org.jenkinsci.plugins.workflow.graph.BlockStartNode;
import org.jenkinsci.plugins.workflow.graph.FlowNode;
import org.jenkinsci.plugins.workflow.steps.StepContext;

/** Finds the stage of a Pipeline that a step runs in. */
final class EnclosingStage {

    private EnclosingStage() {}

    /** Name of the nearest one, or null outside of stages. */
    @CheckForNull
    static String of(@NonNull StepContext context) throws IOException, InterruptedException {
        FlowNode node = context.get(FlowNode.class);
        if (node != null) {
            for (BlockStartNode block : node.getEnclosingBlocks()) {
                LabelAction label = block.getPersistentAction(LabelAction.class);
                // branches of parallel have a label, too, which says nothing about a stage
                if (label != null && block.getPersistentAction(ThreadNameAction.class) == null) {
                    return label.getDisplayName();
                }
            }
        }
        return null;
    }
}
