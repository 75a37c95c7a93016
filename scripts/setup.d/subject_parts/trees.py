"""Source trees with a history of one commit a release."""

import fnmatch
import os
import shutil
import tarfile
import zipfile

from .steps import LOCAL_SECONDS, Problem, run


def git(tree, *arguments, date=None):
    """git that no configuration of this machine can change, so that commit ids are the same everywhere."""
    person = {'NAME': 'release', 'EMAIL': 'release@invalid', 'DATE': date or '2000-01-01T00:00:00+0000'}
    env = {'PATH': os.environ['PATH'], 'HOME': tree, 'GIT_CONFIG_NOSYSTEM': '1', 'GIT_CONFIG_GLOBAL': '/dev/null'}
    env['GIT_ATTR_NOSYSTEM'] = '1'
    for role in ('AUTHOR', 'COMMITTER'):
        env.update({f'GIT_{role}_{key}': value for key, value in person.items()})
    return run(['git', *arguments], LOCAL_SECONDS, cwd=tree, env=env).strip()


def build_tree(subject, archives, language, target, scratch):
    """A checkout whose history has one commit a release, clean at the last one."""
    name = subject['name']
    tree = os.path.join(scratch, name)
    os.makedirs(tree)
    # An empty template brings no hooks; reflogs would only repeat the history.
    git(tree, 'init', '--quiet', '--template=', '--initial-branch=main')
    for key, value in {'core.autocrlf': 'false', 'core.logAllRefUpdates': 'false', 'gc.auto': '0'}.items():
        git(tree, 'config', key, value)
    os.makedirs(f'{tree}/.git/info', exist_ok=True)
    with open(f'{tree}/.git/info/attributes', 'w') as file:
        # A .gitattributes inside a package must not rewrite what the package holds.
        file.write('* -text -filter -ident -export-subst\n')
    for number, version in enumerate(subject['releases']):
        empty(tree)
        unpack(archives[version], tree, lambda parts: language.is_generated(parts) or is_left_out(subject, parts))
        for path, text in language.ADDED_FILES.items():
            write_file(os.path.join(tree, path), text.encode(), 0o644)
        git(tree, 'add', '--all', '--force')
        # One day apart, so that a log sorted by date is in the order of the releases.
        date = f'{946684800 + number * 86400} +0000'
        git(tree, 'commit', '--quiet', '--allow-empty', '-m', f'release {version}', date=date)
    git(tree, 'repack', '-adq')
    git(tree, 'update-index', '--refresh', '-q')
    head = git(tree, 'rev-parse', 'HEAD')
    if head != subject['commit']:
        raise Problem(f'{name}: the rebuilt history ends at {head}, corpus/ expects {subject["commit"] or "nothing"}')
    if git(tree, 'status', '--porcelain'):
        raise Problem(f'{name}: the rebuilt checkout is not clean')
    put_in_place(tree, target)


def is_left_out(subject, parts):
    return any(fnmatch.fnmatchcase('/'.join(parts), pattern) for pattern in subject.get('leaveOut', []))


def is_current(subject, tree):
    """Whether the tree is in place already; then it stays, because an episode may be reading it."""
    if not os.path.isdir(f'{tree}/.git'):
        return False
    try:
        return git(tree, 'rev-parse', 'HEAD') == subject['commit'] and not git(tree, 'status', '--porcelain')
    except Problem:
        return False


def empty(tree):
    for entry in os.scandir(tree):
        if entry.name != '.git':
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.remove(entry.path)


def unpack(archive, tree, leaves_out):
    """Plain files only, with one of two modes; the archive's own top folder (name-version, module@version) is left out."""
    for name, executable, read in members(archive):
        parts = name.split('/')
        if leaves_out(parts):
            continue
        if any(part in ('', '.', '..', '.git') for part in parts):
            raise Problem(f'{os.path.basename(archive)} holds a suspicious path: {name}')
        write_file(os.path.join(tree, *parts), read(), 0o755 if executable else 0o644)


def members(archive):
    if archive.endswith('.zip'):
        with zipfile.ZipFile(archive) as opened:
            for entry in opened.infolist():
                # module@version/path, where the module's name has slashes of its own.
                name = entry.filename.partition('@')[2].partition('/')[2]
                if name and not entry.is_dir():
                    yield name, False, lambda entry=entry: opened.read(entry)
        return
    with tarfile.open(archive) as opened:
        for member in opened:
            name = member.name.partition('/')[2]
            if name and member.isfile():
                yield name, bool(member.mode & 0o100), lambda member=member: opened.extractfile(member).read()


def write_file(path, content, mode):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(content)
    os.chmod(path, mode)


def put_in_place(fresh, target):
    """By renaming, so that a reader sees the old tree or the new one and never a half."""
    run(['chmod', '-R', 'a+rX,go-w', fresh], LOCAL_SECONDS)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(target):
        os.rename(target, fresh + '.old')
    os.rename(fresh, target)
