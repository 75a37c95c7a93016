"""What a container's image holds, as its supervisor finds it: the source tree, the agent, the programs it lacks."""

import os
import stat

from .boot_problem import BootProblem

SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
# What our own steps and the agent's tools are made of, whatever the image holds.
NEEDED_PROGRAMS = ('bash', 'git', 'python3')
# Where no repository of an image lies, and where a search would take long or never end.
NOT_SEARCHED = ('/proc', '/sys', '/dev', '/.selfplay')
# A checkout lies a few directories deep; below that are its own submodules and vendored code.
SEARCH_DEPTH = 6


class Agent:
    def __init__(self, uid, gid, groups, environment):
        self.uid, self.gid, self.groups, self.environment = uid, gid, groups, environment


# ----------------------------------------------------------------------------------------------- tree


def find_tree(wanted):
    """The root of the source tree; `wanted` is `{root}` or `{workingDirectory}`, as the subject or the image names it."""
    root = wanted.get('root')
    if root is not None:
        if not os.path.isdir(root):
            raise BootProblem('source', f'the image holds no directory {root} (repoRoot)')
        return os.path.realpath(root)
    working = os.path.normpath(wanted.get('workingDirectory') or '/')
    if working != '/' and holds_source(working):
        return os.path.realpath(working)
    found = sorted(repositories('/', 0))
    if len(found) == 1:
        return found[0]
    place = 'is the root directory' if working == '/' else f'({working}) holds no source'
    candidates = f'several directories hold .git: {", ".join(found)}' if found else 'no directory holds .git'
    raise BootProblem(
        'source', f'where is the source tree? The working directory {place}, and {candidates}. Name it with repoRoot'
    )


def holds_source(directory):
    try:
        names = os.listdir(directory)
    except OSError:
        return False
    return '.git' in names or any(not name.startswith('.') for name in names)


def repositories(directory, depth):
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    if any(entry.name == '.git' for entry in entries):
        yield directory
        return
    if depth == SEARCH_DEPTH:
        return
    for entry in entries:
        path = os.path.join(directory, entry.name)
        if entry.is_dir(follow_symlinks=False) and path not in NOT_SEARCHED:
            yield from repositories(path, depth + 1)


# ----------------------------------------------------------------------------------------------- agent


def find_agent(wanted, tree_root):
    """The user of commands: the one that is asked for, else the owner of the tree, known to the image or not."""
    users, groups = read_database('/etc/passwd'), read_database('/etc/group')
    if wanted is None:
        status = os.stat(tree_root)
        uid, gid = status.st_uid, status.st_gid
        user = next((fields for fields in users if fields[2] == str(uid)), None)
        gid = int(user[3]) if user else gid
    else:
        uid, gid, user = named_agent(wanted, users, groups)
    name = user[0] if user else None
    further = [int(fields[2]) for fields in groups if name is not None and name in fields[3].split(',')]
    home = user[5] if user and len(user) > 5 and os.path.isdir(user[5]) else '/'
    own = {'PATH': SYSTEM_PATH, 'HOME': home}
    return Agent(uid, gid, sorted({gid, *further}), own)


def named_agent(wanted, users, groups):
    name, _, group = wanted.partition(':')
    user = next((fields for fields in users if name in (fields[0], fields[2])), None)
    if user is None and not name.isdigit():
        known = ', '.join(fields[0] for fields in users[:20])
        raise BootProblem('source', f'the image has no user {name} (agentUser). It has: {known}; a number serves, too')
    uid = int(user[2]) if user else int(name)
    gid = int(user[3]) if user else uid
    if group:
        found = next((fields for fields in groups if group in (fields[0], fields[2])), None)
        if found is None and not group.isdigit():
            raise BootProblem('source', f'the image has no group {group} (agentUser {wanted})')
        gid = int(found[2]) if found else int(group)
    return uid, gid, user


def read_database(path):
    """The lines of /etc/passwd or /etc/group; empty where an image has none. Not by the C library: it might load more."""
    try:
        with open(path, encoding='utf-8', errors='surrogateescape') as handle:
            lines = [line.rstrip('\n').split(':') for line in handle]
    except OSError:
        return []
    return [fields for fields in lines if len(fields) >= 4 and fields[2].isdigit()]


# ----------------------------------------------------------------------------------------------- programs


def missing_programs(path):
    return [name for name in NEEDED_PROGRAMS if not any(is_program(folder, name) for folder in path.split(':'))]


def is_program(folder, name):
    try:
        status = os.stat(os.path.join(folder or '/', name))
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o111)


def git_ownership_differs(tree_root, uid):
    """Whether git would speak of dubious ownership: it looks at the tree, at .git and at a file .git."""
    for path in (tree_root, os.path.join(tree_root, '.git')):
        try:
            if os.lstat(path).st_uid != uid:
                return True
        except OSError:
            continue
    return False
