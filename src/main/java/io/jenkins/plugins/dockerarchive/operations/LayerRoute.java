package io.jenkins.plugins.dockerarchive.operations;

/** How the layers of a saved image come out of an engine when only new ones are wanted. */
public enum LayerRoute {
    /** The engine pushes new layers to this machine where it can, and saves the whole image where it cannot. */
    PUSH_WHERE_POSSIBLE,
    /** The engine saves the whole image, and what is known is left out on the way. */
    SAVE
}
