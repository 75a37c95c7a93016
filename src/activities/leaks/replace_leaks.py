"""Removes second copies of the original text from a sandbox, or gives them the buggy text, and looks that it is so.

Runs as the agent's user: what it cannot change is reported, never left in silence. A request in JSON on standard input
(`[{"path", "remedy", "content" (base64)}]`), what stays in JSON on standard output (`[{"path", "reason", "directory"}]`).
The remedy `look` changes nothing: it says what can still be read. `renew` writes a file anew as it is, where that is
permitted: beside one that got another text it would stand out as older.
"""

import base64
import errno
import json
import os
import shutil
import stat
import sys


def permit(path):
    """An agent may give itself the permissions of what it owns."""
    try:
        status = os.lstat(path)
        if status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode):
            os.chmod(path, stat.S_IMODE(status.st_mode) | (0o700 if stat.S_ISDIR(status.st_mode) else 0o600))
    except (FileNotFoundError, PermissionError):
        pass  # What it stands in the way of says so itself.


def permit_above(path):
    """Parents first: below a closed directory everything looks as if it were gone."""
    parts = os.path.dirname(path).split('/')
    for count in range(2, len(parts) + 1):
        parent = '/'.join(parts[:count])
        if not os.access(parent, os.R_OK | os.X_OK):
            permit(parent)
    permit(os.path.dirname(path))


def permit_below(directory):
    permit(directory)
    for current, directories, _ in os.walk(directory):
        for name in directories:
            permit(os.path.join(current, name))


def remove(path):
    if not os.path.lexists(path):
        return
    if os.path.isdir(path) and not os.path.islink(path):
        permit_below(path)
        shutil.rmtree(path)
        return
    try:
        os.unlink(path)
    except PermissionError:
        # The directory belongs to somebody else; a file without content says nothing either.
        os.truncate(path, 0)


def renew(path):
    try:
        with open(path, 'rb') as source:
            content = source.read()
        overwrite(path, content)
    except (PermissionError, FileNotFoundError):
        pass  # Then it was not touched, or goes with something else.


def overwrite(path, content):
    status, folder = os.lstat(path), os.lstat(os.path.dirname(path))
    permit(path)
    try:
        # A new file: the old one may be linked to other names.
        os.unlink(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    except PermissionError:
        flags = os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW
    with open(os.open(path, flags, 0o600), 'wb') as target:
        target.write(content)
    with open(path, 'rb') as written:
        is_written = written.read() == content
    os.chmod(path, stat.S_IMODE(status.st_mode))
    keep_time(path, status)
    keep_time(os.path.dirname(path), folder)
    return None if is_written else 'not what was written'


def keep_time(path, status):
    try:
        os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))
    except PermissionError:
        pass  # Somebody else's, whose time was not changed by making a file in it either.


def is_readable(path):
    if os.path.isdir(path):
        return bool(os.listdir(path))
    return os.path.lexists(path) and os.path.getsize(path) > 0


def problem_at(leak):
    path = leak['path']
    if os.path.realpath(os.path.dirname(path)) != os.path.dirname(path):
        return 'its directory has become a link'
    try:
        if leak['remedy'] == 'look':
            return 'still there' if is_readable(path) else None
        permit_above(path)
        if leak['remedy'] == 'renew':
            return renew(path)
        if leak['remedy'] == 'remove':
            remove(path)
            return 'still there' if os.path.lexists(path) and os.path.getsize(path) > 0 else None
        return overwrite(path, base64.b64decode(leak['content']))
    except OSError as problem:
        # A full or a dead disk is the machine's, and no property of the image: the program fails.
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        return problem.strerror or str(problem)


def main():
    problems = [(leak['path'], problem_at(leak)) for leak in json.load(sys.stdin)]
    stays = [
        {'path': path, 'reason': reason, 'directory': os.path.isdir(path)}
        for path, reason in problems
        if reason is not None
    ]
    json.dump(stays, sys.stdout)


if __name__ == '__main__':
    main()
