/** Which archives have to go, and why: decisions over plain values, without a disk and without Jenkins. */
package io.jenkins.plugins.dockerarchive.retention;
