/**
 * The four Pipeline steps. They own the parameters, their checks and their help; the freestyle build steps wrap them.
 */
package io.jenkins.plugins.dockerarchive.steps;
