package hudson.model;

import hudson.model.queue.SubTask;
import jenkins.model.FullyNamedModelObject;

public class Queue {
    Queue() {}

    public interface Task extends FullyNamedModelObject, SubTask {}
}
