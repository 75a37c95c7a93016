"""What a sandbox cannot start for."""


class BootProblem(Exception):
    """Why a sandbox cannot start; `kind` is `unavailable` (this machine) or `source` (the tree is not there)."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind
