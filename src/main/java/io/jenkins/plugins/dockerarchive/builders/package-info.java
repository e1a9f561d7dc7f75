/**
 * The four freestyle build steps. Each takes the parameters of the Pipeline step of the same verb, hands them to it, and
 * adds what freestyle jobs have: variables in every text. Forms, checks and help are those of the Pipeline step.
 */
package io.jenkins.plugins.dockerarchive.builders;
