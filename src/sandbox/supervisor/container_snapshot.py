"""What differs in a container from its image, without help of the engine.

Nobody can set back the time of change of a file (ctime), and an image's files are older than the container. So what
has changed is what is younger than the container's first moment; a directory that has changed comes with the names in
it, and what is not among them was deleted.
"""

import errno
import os
import shutil
import stat

from . import snapshot_archive as archives

FORMAT = 'container-snapshot-1'
NAMES = 'SELFPLAY.names'
# Of a directory that is not the image's, whatever the image has in its place: an overlay counts its links otherwise.
FRESH = 'SELFPLAY.fresh'
# The adapter's own places in the root directory.
OWN_PREFIX = '.selfplay'
PRESERVED_KINDS = (stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK, stat.S_ISFIFO)
# File systems of the kernel and of memory; what an image declares as a volume lies on a disk and belongs to the sandbox.
VIRTUAL = {'proc', 'sysfs', 'tmpfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2', 'devtmpfs'}


def mount_points():
    """Where something is mounted that is not of the image: the kernel's, the engine's own files, and ours."""
    points = set()
    with open('/proc/self/mountinfo', encoding='utf-8', errors='surrogateescape') as handle:
        for line in handle:
            place, _, described = line.partition(' - ')
            point = place.split(' ')[4].replace('\\040', ' ').replace('\\134', '\\')
            if point != '/' and (described.split(' ')[0] in VIRTUAL or not os.path.isdir(point)):
                points.add(point)
    return points


def is_foreign(path, mounts):
    return path in mounts or (os.path.dirname(path) == '/' and os.path.basename(path).startswith(OWN_PREFIX))


# -- packing


def write(target, since_ns):
    """Runs in a child that may read everything: packs into an open file what is younger than `since_ns`."""
    writer = archives.SnapshotWriter(target, FORMAT)
    for path, status, inside in changed('/', os.lstat('/'), since_ns, mount_points()):
        info = writer.entry(path.lstrip('/') or '.', path, status)
        info.uid, info.gid = status.st_uid, status.st_gid
        if inside is not None:
            info.pax_headers[NAMES] = '/'.join(os.path.basename(path) for path, _ in inside)
            if status.st_nlink > 1 and path != '/' and all(inner.st_ctime_ns >= since_ns for _, inner in inside):
                info.pax_headers[FRESH] = 'y'
        writer.add(info, path)
    writer.close()


def changed(directory, status, since_ns, mounts):
    """Yields (path, stat, what is in a directory or None), parents first, in a stable order."""
    pending = [(directory, status)]
    while pending:
        directory, status = pending.pop()
        with os.scandir(directory) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        inside = []
        for entry in found:
            path = os.path.join(directory, entry.name)
            if is_foreign(path, mounts):
                continue
            entry_status = entry.stat(follow_symlinks=False)
            if any(is_kind(entry_status.st_mode) for is_kind in PRESERVED_KINDS):
                inside.append((path, entry_status))
        # The root directory always: the adapter itself works in it.
        if directory == '/' or status.st_ctime_ns >= since_ns:
            yield directory, status, inside
        for path, entry_status in inside:
            if stat.S_ISDIR(entry_status.st_mode):
                pending.append((path, entry_status))
            elif entry_status.st_ctime_ns >= since_ns:
                yield path, entry_status, None


# -- unpacking


def restore(source):
    """Before the first command, so nothing moves meanwhile; no entry leads through a link or to another mount."""
    mounts, directories = mount_points(), []
    with archives.open_snapshot(source, FORMAT) as archive:
        for info in archives.entries_of(archive):
            path = checked_path(info.name, mounts)
            if info.isdir():
                open_directory(path, info, mounts)
                directories.append((path, info))
                continue
            discard(path)
            linked = checked_path(info.linkname, mounts) if info.islnk() else None
            archives.make_entry(archive, info, path, linked)
            set_owner_and_time(path, info)
    for path, info in reversed(directories):
        set_owner_and_time(path, info)


def checked_path(name, mounts):
    parts = [] if name == '.' else name.split('/')
    if any(part in ('', '.', '..') for part in parts):
        raise OSError(errno.EINVAL, f'the snapshot names {name!r}')
    path = '/' + '/'.join(parts)
    walked = '/'
    for part in parts:
        if is_foreign(os.path.join(walked, part), mounts):
            raise OSError(errno.EINVAL, f'the snapshot names {name!r}, which is not of the image')
        if not stat.S_ISDIR(os.lstat(walked).st_mode):
            raise OSError(errno.EINVAL, f'the snapshot leads through {walked!r}, which is no directory')
        walked = os.path.join(walked, part)
    return path


def open_directory(path, info, mounts):
    fresh = info.pax_headers.get(FRESH) == 'y'
    if path != '/' and (fresh or not os.path.isdir(path) or os.path.islink(path)):
        discard(path)
        os.mkdir(path, 0o700)
    names = set(filter(None, info.pax_headers.get(NAMES, '').split('/')))
    for name in os.listdir(path):
        inside = os.path.join(path, name)
        if name not in names and not is_foreign(inside, mounts) and not holds_mount(inside, mounts):
            discard(inside)


def holds_mount(path, mounts):
    return any(mount.startswith(f'{path}/') for mount in mounts)


def discard(path):
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        pass


def set_owner_and_time(path, info):
    os.chown(path, info.uid, info.gid, follow_symlinks=False)
    archives.set_mode_and_times(path, info)
