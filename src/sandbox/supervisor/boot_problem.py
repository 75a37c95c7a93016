"""What a sandbox cannot start for."""


class BootProblem(Exception):
    """Why a sandbox cannot start; `kind` says whose fault it is.

    `unavailable`: this machine's. `source`: the tree is not there. `snapshot`: nothing starts from what was given.
    `gone`: there was a sandbox, and what became of it nobody knows.
    """

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind
