/**
 * Layers kept once: OCI image layouts on the disk of the controller, shared between the builds of a job by hard links, and
 * the way of a layout from an agent to there.
 */
package io.jenkins.plugins.dockerarchive.store;
