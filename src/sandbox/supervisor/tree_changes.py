"""Whether a tree has changed since a moment, told by the times of change (ctime), which nobody can set back."""

import os


def changed_since(directory, since_ns):
    """A deleted file has changed its directory. Ends at the first that is young enough."""
    if os.lstat(directory).st_ctime_ns >= since_ns:
        return True
    pending = [directory]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.stat(follow_symlinks=False).st_ctime_ns >= since_ns:
                    return True
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
    return False
