"""How a running job learns that it is to stop."""


class JobStopped(BaseException):
    """The job is cancelled, out of time, or taken over by another worker.

    Not an `Exception`, so that nothing that handles mistakes swallows it.
    """
