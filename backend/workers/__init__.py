"""Background work: the queue carries ids, tasks call services."""
