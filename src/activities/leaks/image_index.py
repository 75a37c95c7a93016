"""Makes the content index of an image: where else in it the text of the source tree can be read.

Runs in a fresh sandbox as the agent's user, so it sees what a solver would see. Python 3.9, standard library only; a
request in JSON on standard input, the index or a problem in JSON on standard output. Nothing of the image is executed
but git, with every configuration switched off.

A file is told by its windows: three significant lines in a row, without blanks. Only windows of the tree's own files
are looked for, so the index stays small whatever the size of the image.
"""

import base64
import errno
import hashlib
import html
import importlib
import io
import json
import os
import re
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib

FORMAT = 'image-index-1'
WINDOW = 3
# A source file of more than this was made by a program; a bug that touches one is refused, not indexed.
SOURCE_BYTES = 2 << 20
# Memory: a window of the tree costs about 200 bytes while the image is read.
TREE_WINDOWS = 2_000_000
# Read in pieces of this size, cut at the end of a line; each begins with the end of the one before, so that windows
# over the cut are seen.
PIECE_BYTES = 16 << 20
OVERLAP_BYTES = 4096
# A binary file that is no archive holds text in passing at most (a database, a core dump): beyond this it is left.
BINARY_BYTES = 8 << 20
# What one file may unfold to, each level of an archive in an archive counted for itself. Forty seconds of reading, and
# no package of sources: beyond it lie data and bombs.
UNFOLDED_BYTES = 4 << 30
ARCHIVE_DEPTH = 3
# A member of an archive up to this is held in memory, where it can be read again; a larger one goes by as it comes.
MEMBER_BYTES = 16 << 20
# Where the beginning of a zip is looked for in a member that goes by: what is put before one is some lines of a cache.
ZIP_PREFIX_BYTES = 1 << 16
# A zip is read from its end, so a large one in an archive is laid on the sandbox's disk; what it answers without room.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CHUNK_BYTES = 1 << 20
# A window in more places than this is boilerplate (a licence), not a copy.
COMMON_PLACES = 200

# No place for sources of the subject: what package managers and interpreters put there, and history, wiped anyway.
NOT_SOURCE = {'.git', 'node_modules', '__pycache__', 'site-packages', '.tox', '.nox', '.venv', 'venv'}
BLANKS = b' \t\r\v\f'
LINE_ENDS = bytes.maketrans(b'\0', b'\n')
COMPILED = (
    b'\x7fELF', b'\xca\xfe\xba\xbe', b'\xcf\xfa\xed\xfe', b'MZ', b'!<arch>\n/', b'!<arch>\n__.', b'\0asm', b'\x89PNG',
    b'\xff\xd8\xff', b'GIF8', b'wOF', b'\0\1\0\0\0', b'OTTO', b'%PDF', b'RIFF', b'\xde\x12\x04\x95',
)  # fmt: skip
AR = b'!<arch>\n'
ZIP = b'PK\3\4'
PACKED = {b'\x1f\x8b': 'gzip', b'BZh': 'bz2', b'\xfd7zXZ': 'lzma'}
PYTHON_WORDS = {
    'False', 'None', 'True', 'assert', 'async', 'await', 'break', 'class', 'continue', 'else', 'except', 'finally',
    'from', 'global', 'import', 'lambda', 'nonlocal', 'pass', 'raise', 'return', 'while', 'with', 'yield', 'self',
}  # fmt: skip
BYTECODE = ('.pyc', '.pyo')
OUTPUT_FOLDERS = {
    'dist',
    'build',
    'out',
    'output',
    'lib',
    'es',
    'esm',
    'cjs',
    'umd',
    'dist-test',
    '.next',
    '.nuxt',
    '.cache',
}
SOURCE_FOLDERS = {'src', 'source', 'sources', 'lib', 'ts', 'packages'}
GIT_ENVIRONMENT = {'GIT_CONFIG_NOSYSTEM': '1', 'GIT_CONFIG_GLOBAL': '/dev/null', 'GIT_NO_LAZY_FETCH': '1',
                   'GIT_TERMINAL_PROMPT': '0', 'LC_ALL': 'C', 'PATH': os.environ.get('PATH', '/usr/bin:/bin')}  # fmt: skip
# Objects of git that lie alone: a directory for the first byte of a name, a file for the rest.
FAN = re.compile(r'[0-9a-f]{2}')
LOOSE = re.compile(r'[0-9a-f]{38}(?:[0-9a-f]{24})?')
LOOSE_HEAD = re.compile(rb'(?:blob|tree|commit|tag) \d+\0')


class Unbounded(Exception):
    """Why the index cannot be made within its limits, and who is to blame: the image, or a machine that is too slow."""

    def __init__(self, problem, fault='image'):
        super().__init__(problem)
        self.fault = fault


class TooLarge(Exception):
    """A file unfolds to more than is looked into."""


class Damaged(Exception):
    """An archive, or a member of one, that cannot be read to its end."""


def reading(function, *arguments):
    """Decompressors and archive readers throw errors of many kinds at damaged input; all of them mean the same."""
    try:
        return function(*arguments)
    except (Unbounded, TooLarge, Damaged, MemoryError):
        raise
    except Exception as problem:
        raise Damaged(f'{type(problem).__name__}: {problem}') from problem


class Stream:
    """Bytes that come once, from a file or out of an archive. What comes before a damaged place can be read by everybody:
    it is handed out first, and `Damaged` is raised by the next read."""

    def __init__(self, take):
        self.take = take
        self.ahead = b''
        self.damage = None

    def peek(self, size):
        """The next bytes, which will be read again."""
        if len(self.ahead) < size and self.damage is None:
            self.ahead = self.read(size)
        return self.ahead[:size]

    def read(self, size):
        parts, missing = [self.ahead[:size]], size - len(self.ahead)
        self.ahead = self.ahead[size:]
        while missing > 0 and self.damage is None:
            try:
                # No more than one step at a time.
                chunk = reading(self.take, min(missing, CHUNK_BYTES))
            except Damaged as damage:
                self.damage = damage
                break
            if not chunk:
                break
            parts.append(chunk)
            missing -= len(chunk)
        data = b''.join(parts)
        if self.damage is not None and not data:
            raise self.damage
        return data


def is_significant(line):
    return len(line) >= 6 and len(re.findall(rb'\w', line)) >= 4


def lines_of(data):
    return data.translate(LINE_ENDS, BLANKS).split(b'\n')


def stem_of(name):
    """`arith` of arith.py, arith.cpython-311.pyc, arith.py.orig, #arith.py#, .arith.py.swp."""
    return name.strip('.#~').split('.')[0].lower()


def is_backup(name):
    return name.endswith(('~', '.orig', '.bak', '.old', '.save', '.rej', '.swp', '.swo', '#'))


# ------------------------------------------------------------------------------------------------ the tree


class Tree:
    """The lines and windows of the source files, and what tells exact and compiled copies of them."""

    def __init__(self, root):
        self.root = root
        # Digest and number of each source file, by its path.
        self.files, self.numbers = {}, {}
        self.lines, self.windows, self.owners = {}, {}, []
        self.sizes, self.digests, self.blobs, self.stems = set(), {}, set(), set()
        self.compiled = Compiled()
        for path in sorted(self.walk()):
            self.add(path)
        # By number only from here on; the lines in order are what window hashes are made of.
        self.texts = list(self.lines)

    def walk(self):
        for directory, directories, names in os.walk(self.root):
            directories[:] = [
                name for name in directories
                if name not in NOT_SOURCE and not os.path.exists(os.path.join(directory, name, 'pyvenv.cfg'))
            ]  # fmt: skip
            for name in names:
                yield os.path.join(directory, name)

    def add(self, path):
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > SOURCE_BYTES:
            return
        data = read_owned(path)
        if data is None:
            return
        relative, digest, number = os.path.relpath(path, self.root), hashlib.sha256(data).hexdigest(), len(self.numbers)
        self.numbers[relative] = number
        self.files[relative] = digest
        self.stems.add(stem_of(os.path.basename(path)))
        if data:
            self.sizes.add(len(data))
            self.digests.setdefault(digest, []).append(relative)
        if len(data) >= 200 and stem_of(os.path.basename(path)) not in ('license', 'copying', 'licence'):
            self.blobs.add(hashlib.sha1(b'blob %d\0' % len(data) + data, usedforsecurity=False).hexdigest())
        self.add_windows(data, number)
        self.compiled.add(data, relative)

    def add_windows(self, data, number):
        numbers = [self.lines.setdefault(line, len(self.lines)) for line in lines_of(data) if is_significant(line)]
        for window in zip(*(numbers[start:] for start in range(WINDOW))):
            known = self.windows.setdefault(window, len(self.windows))
            if known == len(self.owners):
                self.owners.append(number)
            elif self.owners[known] != number:
                self.owners[known] = -1
        if len(self.windows) > TREE_WINDOWS:
            raise Unbounded(f'its tree holds more than {TREE_WINDOWS} windows of lines')

    def hash_of(self, window):
        return hashlib.sha256(b'\n'.join(self.texts[number] for number in window)).hexdigest()[:16]


# ------------------------------------------------------------------------------------------------ texts


def windows_in(tree, data, name):
    """The numbers of the tree's windows that some text holds, in whatever wrapping the text is kept."""
    found = set()
    for text in unwrapped(data, name):
        lines = lines_of(text)
        # Almost every file ends here, at the speed of a set.
        if len(tree.lines.keys() & set(lines)) < WINDOW:
            continue
        known = [tree.lines.get(line, -1) for line in lines if line in tree.lines or is_significant(line)]
        for window in zip(*(known[start:] for start in range(WINDOW))):
            number = tree.windows.get(window)
            if number is not None:
                found.add(number)
    return found


def unwrapped(data, name):
    """A text as it stands, and as it was before a tool wrapped it."""
    yield data
    lower = name.lower()
    if lower.endswith(('.html', '.htm', '.xhtml')):
        plain = html.unescape(re.sub(r'<[^>]*>', '', data.decode('latin-1'))).replace('\xa0', ' ')
        yield re.sub(r'(?m)^[ \t]*\d+', '', plain).encode('latin-1', 'replace')
    if lower.endswith(('.rej', '.patch', '.diff', '.mbox', '.eml')) or data[:5] in (b'diff ', b'--- a', b'From '):
        lines = data.split(b'\n')
        yield b'\n'.join(line[1:] for line in lines if line[:1] in (b' ', b'-'))
        yield b'\n'.join(line[1:] for line in lines if line[:1] in (b' ', b'+'))
    if lower.endswith(('.swp', '.swo', '.swn')):
        # Vim keeps the lines of a block from its end to its beginning.
        yield b'\n'.join(reversed(data.split(b'\0')))
    if data.count(b'\\n') >= WINDOW:
        yield unescaped(data)
    for encoded in re.findall(rb'sourceMappingURL=data:[^,]{0,80};base64,([A-Za-z0-9+/=]+)', data):
        try:
            yield unescaped(base64.b64decode(encoded))
        except ValueError:
            pass


def unescaped(data):
    """The text of strings in JSON and JavaScript: source maps, bundles, caches of compilers."""
    for written, meant in (
        (b'\\\\', b'\0'),
        (b'\\r', b''),
        (b'\\n', b'\n'),
        (b'\\t', b' '),
        (b'\\"', b'"'),
        (b"\\'", b"'"),
    ):
        data = data.replace(written, meant)
    return re.sub(rb'"(?=\n)|(?<=\n)"|"[,:\]}]+\[?"', b'\n', data.replace(b'\0', b'\\'))


def words_of(data, comment):
    words = set(re.findall(rb'[A-Za-z_]\w{3,}', re.sub(comment, b'', data)))
    words -= {word.encode() for word in PYTHON_WORDS}
    return sorted(words, key=lambda word: (-len(word), word))


def share_of(words, data):
    return sum(word in data for word in words) / len(words) if words else 1


class Compiled:
    """What tells that a file was compiled from one of the tree: its place, the path that it names, and its words."""

    def __init__(self):
        self.stems, self.tails, self.scripts, self.places = {}, {}, {}, {}

    def add(self, data, relative):
        parts = relative.split('/')
        if relative.endswith('.py'):
            entry = (relative, words_of(data, rb'#[^\n]*'))
            self.places[relative[:-3]] = relative
            if len(entry[1]) >= 5:
                self.stems.setdefault(stem_of(parts[-1]), []).append(entry)
            # A name that stands alone is that of many modules.
            if len(parts) > 1:
                self.tails.setdefault('/'.join(parts[-2:]).encode(), []).append(entry)
        elif re.search(r'(?<!\.d)\.[cm]?tsx?$', relative):
            key = (*(part for part in parts[:-1] if part not in SOURCE_FOLDERS), stem_of(parts[-1]))
            self.scripts.setdefault(key, []).append((relative, words_of(data, rb'//[^\n]*')))

    def sources_of_bytecode(self, path, inside, data):
        """The Python files that a .pyc was compiled from: it holds their names, constants and docstrings."""
        directory, name = os.path.split(path)
        folder = os.path.dirname(directory) if os.path.basename(directory) == '__pycache__' else directory
        module = name.split('.')[0]
        found = {relative for relative, words in self.stems.get(stem_of(name), ()) if is_told_by(words, data)}
        # Where Python keeps what it compiled of a file of the tree, whatever is in it.
        if inside is not None:
            place = os.path.normpath(os.path.join(os.path.dirname(inside), os.path.relpath(folder, directory), module))
            found.update([self.places[place]] if place in self.places else ())
        # Code names where it was compiled; a byte of its length may stand before it.
        named = set(re.findall(rb'[\w.-]+/[\w.-]+\.py', data)) | {f'{os.path.basename(folder)}/{module}.py'.encode()}
        for tail in named | {tail[1:] for tail in named}:
            # Without docstrings, which -OO leaves out, a third of the words may be all that is left.
            found.update(relative for relative, words in self.tails.get(tail, ()) if share_of(words, data) >= 0.3)
        return sorted(found)

    def sources_of_script(self, path, data):
        """The TypeScript files that a file of JavaScript in an output folder was made of, whatever became of their lines."""
        parts = path.split('/')
        outputs = [number for number, part in enumerate(parts[:-1]) if part in OUTPUT_FOLDERS]
        if not outputs:
            return []
        kept = tuple(part for part in parts[outputs[0] + 1 : -1] if part not in OUTPUT_FOLDERS | SOURCE_FOLDERS)
        known = self.scripts.get((*kept, stem_of(parts[-1])), ())
        return sorted(relative for relative, words in known if len(words) >= 3 and share_of(words, data) >= 0.6)


def is_told_by(words, data):
    return share_of(words[:8], data) >= 0.85 and share_of(words, data) >= 0.85


# ------------------------------------------------------------------------------------------------ the image


class Image:
    def __init__(self, tree, request):
        self.tree = tree
        self.host_directories = tuple(f'{path}/' for path in request['hostDirectories'])
        self.skipped = set(request['skip'])
        # Of its own processor time, so that the load of others bounds nothing.
        self.deadline = time.process_time() + request['seconds']
        self.max_places = request['places']
        self.unfolded = 0
        self.places, self.repositories, self.wiped = [], [], []
        # Object stores that repositories name as theirs too; true where one of the tree does.
        self.alternates = {}
        names = ('files', 'bytes', 'archives', 'damaged', 'unread', 'closed', 'unreadable')
        self.looked = dict.fromkeys(names, 0)
        self.seen = set()

    def walk(self, directory='/'):
        pending = [directory]
        while pending:
            current = pending.pop()
            try:
                entries = sorted(os.scandir(current), key=lambda entry: entry.name)
            except (PermissionError, FileNotFoundError):
                if not open_owned(current):
                    self.looked['closed'] += 1
                    continue
                entries = sorted(os.scandir(current), key=lambda entry: entry.name)
            if self.is_history(current, entries):
                continue
            for entry in entries:
                self.look(entry, pending)
        self.add_alternates()

    def look(self, entry, pending):
        if time.process_time() > self.deadline:
            raise Unbounded('reading the image took too long', 'machine')
        path = entry.path
        if entry.is_symlink() or path in self.skipped:
            return
        if entry.is_dir(follow_symlinks=False):
            status = entry.stat(follow_symlinks=False)
            # The same directory mounted twice is one place.
            if (status.st_dev, status.st_ino) in self.seen:
                return
            self.seen.add((status.st_dev, status.st_ino))
            pending.append(path)
        elif entry.is_file(follow_symlinks=False):
            self.look_into_file(path, entry.name)

    def is_history(self, directory, entries):
        """Repositories of any system: nothing below them is read as text, they go or stay as a whole."""
        names = {entry.name for entry in entries}
        base = os.path.basename(directory)
        if base == '.git' and directory.startswith(f'{self.tree.root}/'):
            self.wiped.append(directory)
            for current, _, _ in os.walk(directory):
                if os.path.basename(current) == 'objects':
                    self.note_alternates(current, True)
            return True  # Wiped with the history, wherever in the tree.
        if {'HEAD', 'objects', 'refs'} <= names:
            inside = directory.startswith(f'{self.tree.root}/')
            # What lies in the tree itself goes in any case: the audit of the wipe refuses every repository there.
            self.repositories.append({'path': directory, 'kind': 'git', 'related': inside or self.relation(directory)})
            self.note_alternates(f'{directory}/objects', inside)
            return True
        if is_object_store(entries):
            self.repositories.append({'path': directory, 'kind': 'git', 'related': self.store_relation(directory)})
            self.note_alternates(directory, False)
            return True
        kinds = {'.hg': 'store', '.svn': 'wc.db', '.bzr': 'branch', '.jj': 'repo', '_darcs': 'hashed_inventory'}
        if base in kinds and kinds[base] in names:
            self.repositories.append({'path': directory, 'kind': base.strip('._'), 'related': True})
            return True
        return False

    def relation(self, directory, objects=None):
        """Whether a repository holds a file of the tree; one that cannot be read is taken to."""
        command = ['git', '-c', 'safe.directory=*', f'--git-dir={directory}', 'cat-file', '--batch-all-objects',
                   '--batch-check=%(objectname)']  # fmt: skip
        environment = {**GIT_ENVIRONMENT, **({} if objects is None else {'GIT_OBJECT_DIRECTORY': objects})}
        try:
            listed = subprocess.run(command, env=environment, capture_output=True, timeout=120, cwd='/')
        except (OSError, subprocess.TimeoutExpired):
            return True
        if listed.returncode != 0:
            return True
        names = listed.stdout.decode('latin-1').split()
        # The tree's own are known by SHA-1 alone.
        return any(len(name) != 40 for name in names[:1]) or not self.tree.blobs.isdisjoint(names)

    def store_relation(self, objects):
        """The same of objects without a repository around them."""
        if any(len(os.path.basename(path)) != 38 for path in loose_objects(os.scandir(objects))):
            return True
        try:
            with tempfile.TemporaryDirectory() as directory:
                os.makedirs(f'{directory}/objects')
                os.makedirs(f'{directory}/refs')
                with open(f'{directory}/HEAD', 'w', encoding='ascii') as head:
                    head.write('ref: refs/heads/main\n')
                return self.relation(directory, objects)
        except OSError:
            return True

    def note_alternates(self, objects, is_of_tree):
        pending = [objects]
        while pending:
            current = pending.pop()
            for named in alternates_of(current):
                if self.alternates.get(named) not in (True, is_of_tree):
                    self.alternates[named] = is_of_tree
                    pending.append(named)

    def add_alternates(self):
        """What the tree's own history shares is history of the tree, whatever of it is in its files today."""
        for path, is_of_tree in sorted(self.alternates.items()):
            if any(is_below(path, wiped) for wiped in self.wiped) or is_below(self.tree.root, path):
                continue
            around = [repository for repository in self.repositories if is_below(path, repository['path'])]
            for repository in around:
                repository['related'] = repository['related'] or is_of_tree
            if not around:
                related = is_of_tree or self.store_relation(path)
                self.repositories.append({'path': path, 'kind': 'git', 'related': related})

    # -- files

    def look_into_file(self, path, name):
        inside = os.path.relpath(path, self.tree.root) if path.startswith(f'{self.tree.root}/') else None
        if path.startswith(self.host_directories) and stem_of(name) not in self.tree.stems:
            # What belongs to the host and not to the subject's image is a copy only under a name of the tree.
            return
        status = os.lstat(path)
        if status.st_size == 0:
            return
        try:
            handle = open_file(path)
        except OSError:
            self.looked['unreadable'] += 1
            return
        self.looked['files'] += 1
        self.looked['bytes'] += status.st_size
        try:
            with handle:
                place = self.contents(handle, path, name, status.st_size)
        except TooLarge:
            # It may hold anything, so it is taken away like a history.
            self.looked['unread'] += 1
            self.repositories.append({'path': path, 'kind': 'unread', 'related': True})
            return
        if inside in self.tree.files:
            number = self.tree.numbers[inside] if place['windows'] else -1
            place['windows'] = {window for window in place['windows'] if self.tree.owners[window] != number}
            place['copyOf'] = [other for other in place['copyOf'] if other != inside]
        if place['windows'] or place['copyOf']:
            self.places.append({'path': path, 'inTree': inside, **place})
        if len(self.places) > self.max_places:
            raise Unbounded(f'more than {self.max_places} places hold text of the tree')

    def contents(self, handle, path, name, size):
        head = handle.read(512)
        handle.seek(0)
        place = {'kind': 'text', 'windows': set(), 'copyOf': []}
        if head.startswith((b'PACK\0\0\0', b'# v2 git bundle', b'# v3 git bundle')) or name.endswith('.fossil'):
            self.repositories.append({'path': path, 'kind': 'pack', 'related': True})
            return place
        inside = os.path.relpath(path, self.tree.root) if path.startswith(f'{self.tree.root}/') else None
        if name.endswith(BYTECODE):
            copies = self.tree.compiled.sources_of_bytecode(path, inside, handle.read(PIECE_BYTES))
            return {**place, 'kind': 'compiled', 'copyOf': copies}
        if size in self.tree.sizes:
            data = handle.read()
            handle.seek(0)
            place['copyOf'] = list(self.tree.digests.get(hashlib.sha256(data).hexdigest(), ()))
        self.packed, self.unfolded = set(), 0
        place['kind'] = self.unfold(handle, name, size, ARCHIVE_DEPTH, place['windows'])
        place['copyOf'] += sorted(self.packed)
        if place['kind'] == 'text' and set(place['copyOf']) <= {inside} and name.endswith(('.js', '.mjs', '.cjs')):
            handle.seek(0)
            made_of = self.tree.compiled.sources_of_script(inside or path, handle.read(PIECE_BYTES))
            return {**place, 'kind': 'compiled' if made_of else 'text', 'copyOf': made_of}
        return place

    def unfold(self, handle, name, size, depth, found):
        """Adds to `found` what a file holds that can be read from its beginning again; says of what kind it is."""
        head = handle.read(512)
        handle.seek(0)
        if head.startswith(COMPILED):
            return 'text'
        if depth > 0 and (is_archive(head) or is_zip_with_prefix(handle, head, size)):
            self.looked['archives'] += 1
            try:
                self.members(Stream(handle.read), name, depth, found, handle)
                return 'archive'
            except Damaged:
                self.looked['damaged'] += 1
            # Whatever it was meant to be, it can still be read as it stands.
            kind = 'archive' if found else 'text'
            handle.seek(0)
            self.plain(Stream(handle.read), name, size, found)
            return kind
        self.plain(Stream(handle.read), name, size, found)
        return 'text'

    def plain(self, stream, name, size, found):
        if b'\0' in stream.peek(512) and size > BINARY_BYTES:
            return
        data = b''
        try:
            while piece := stream.read(PIECE_BYTES):
                data += piece
                cut = data.rfind(b'\n') if len(piece) == PIECE_BYTES else -1
                cut = len(data) if cut < 0 else cut
                found |= windows_in(self.tree, data[:cut], name)
                data = data[max(cut - OVERLAP_BYTES, len(data) - PIECE_BYTES, 0) :]
        finally:
            found |= windows_in(self.tree, data, name)

    def members(self, stream, name, depth, found, handle=None):
        """Adds what the members of an archive hold; raises `Damaged` when not all of them could be read.

        `handle` is the same from its beginning, for what has to be read in another order.
        """
        head = stream.peek(512)
        opener = next((module for magic, module in PACKED.items() if head.startswith(magic)), None)
        if opener is not None:
            self.packed_file(stream, name, opener, depth, found)
        elif head.startswith(AR):
            self.ar_members(stream, depth, found)
        elif is_tar(head):
            self.tar_members(stream, depth, found)
        else:
            self.zip_members(handle, depth, found)

    def packed_file(self, stream, name, module, depth, found):
        opened = reading(lambda: importlib.import_module(module).open(stream))
        inner = Stream(self.counted(getattr(opened, 'read1', opened.read)))
        # One whose beginning is damaged is a member like any other, so that it is read as it stands.
        if has_sum_of_tar(inner.peek(512)):
            self.tar_members(inner, depth, found)
        else:
            self.member(inner, name.rsplit('.', 1)[0], depth, found)

    def tar_members(self, stream, depth, found):
        archive = reading(lambda: tarfile.open(fileobj=stream, mode='r|'))
        while (info := reading(archive.next)) is not None:
            # What was read of it is not needed again.
            archive.members = []
            if info.isreg():
                member = reading(archive.extractfile, info)
                self.member(Stream(self.counted(member.read)), info.name, depth, found)

    def ar_members(self, stream, depth, found):
        """A package of Debian; what linkers make begins with a table of symbols and is no archive of texts."""
        stream.read(len(AR))
        while header := stream.read(60):
            left = reading(int, header[48:58])
            padding = left % 2

            def take(size):
                nonlocal left
                chunk = stream.read(min(size, left))
                left -= len(chunk)
                return chunk

            content = Stream(self.counted(take))
            self.member(content, header[:16].decode('latin-1').rstrip(' /'), depth, found)
            while take(CHUNK_BYTES):
                pass
            stream.read(padding)

    def zip_members(self, handle, depth, found):
        damaged = None
        with reading(zipfile.ZipFile, handle) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                try:
                    with reading(archive.open, info) as member:
                        self.member(Stream(self.counted(member.read)), info.filename, depth, found)
                except Damaged as problem:
                    # One that is encrypted or damaged hides no other.
                    damaged = problem
        if damaged is not None:
            raise damaged

    def member(self, stream, name, depth, found):
        """A member of an archive: held in memory where it is small, otherwise looked at as it goes by."""
        held, damage = io.BytesIO(), None
        try:
            while held.tell() < MEMBER_BYTES and (chunk := stream.read(CHUNK_BYTES)):
                held.write(chunk)
        except Damaged as problem:
            damage = problem
        size = held.tell()
        held.seek(0)
        if size >= MEMBER_BYTES:
            self.large_member(Stream(one_after_another(held, stream)), name, depth, found)
        elif name.endswith(BYTECODE):
            self.packed.update(self.tree.compiled.sources_of_bytecode(name, None, held.getvalue()))
        else:
            self.unfold(held, os.path.basename(name), size, depth - 1, found)
        if damage is not None:
            raise damage

    def large_member(self, stream, name, depth, found):
        head = stream.peek(ZIP_PREFIX_BYTES)
        if name.endswith(BYTECODE):
            self.packed.update(self.tree.compiled.sources_of_bytecode(name, None, stream.read(PIECE_BYTES)))
        elif head.startswith(COMPILED):
            return
        elif depth > 1 and is_archive(head[:512]) and not head.startswith(ZIP):
            self.looked['archives'] += 1
            self.members(stream, os.path.basename(name), depth - 1, found)
        elif depth > 1 and ZIP in head:
            with self.laid_down(stream) as handle:
                size = handle.seek(0, os.SEEK_END)
                handle.seek(0)
                self.unfold(handle, os.path.basename(name), size, depth - 1, found)
        else:
            self.plain(stream, os.path.basename(name), MEMBER_BYTES, found)

    def laid_down(self, stream):
        handle = tempfile.TemporaryFile()
        try:
            while chunk := stream.read(CHUNK_BYTES):
                handle.write(chunk)
        except OSError as problem:
            handle.close()
            if problem.errno not in NO_ROOM:
                raise
            raise TooLarge from problem
        return handle

    def counted(self, take):
        """Counted as it comes: what a damaged header says of a size counts for nothing."""

        def counting(size):
            chunk = take(size)
            self.unfolded += len(chunk)
            if self.unfolded > UNFOLDED_BYTES:
                raise TooLarge
            if time.process_time() > self.deadline:
                raise Unbounded('reading the image took too long', 'machine')
            return chunk

        return counting


def one_after_another(*readers):
    pending = list(readers)

    def take(size):
        while pending:
            if chunk := pending[0].read(size):
                return chunk
            pending.pop(0)
        return b''

    return take


def is_archive(head):
    return head.startswith((*PACKED, ZIP, AR)) or is_tar(head)


def is_tar(head):
    return head[257:262] == b'ustar' or has_sum_of_tar(head)


def has_sum_of_tar(head):
    """Over the header of its first member, which every kind of tar has."""
    try:
        tarfile.TarInfo.frombuf(head, 'utf-8', 'surrogateescape')
        return True
    except tarfile.HeaderError:
        return False


def is_object_store(entries):
    """A directory of git's objects, told by what is in one: many caches name their files by hashes."""
    return any(is_loose_object(path) for path in loose_objects(entries))


def loose_objects(entries):
    """The first of each of its folders."""
    for entry in entries:
        if not FAN.fullmatch(entry.name) or not entry.is_dir(follow_symlinks=False):
            continue
        try:
            names = [name for name in os.listdir(entry.path) if LOOSE.fullmatch(name)]
        except OSError:
            continue
        if names:
            yield f'{entry.path}/{names[0]}'


def is_loose_object(path):
    try:
        with open_file(path) as handle:
            return LOOSE_HEAD.match(zlib.decompressobj().decompress(handle.read(4096), 64)) is not None
    except (OSError, zlib.error):
        return False


def alternates_of(objects):
    """Directories of objects that one takes to be its own."""
    for line in (read_owned(f'{objects}/info/alternates') or b'').split(b'\n'):
        if not line or line.startswith(b'#'):
            continue
        try:
            plain = line.decode('unicode_escape').encode('latin-1')[1:-1] if line.startswith(b'"') else line
            path = os.path.realpath(os.path.join(objects, os.fsdecode(plain)))
            names = set(os.listdir(path))
        except (OSError, ValueError):
            continue
        if 'pack' in names or 'info' in names or any(FAN.fullmatch(name) for name in names):
            yield path


def is_below(path, directory):
    return f'{path}/'.startswith(f'{directory}/')


def is_zip_with_prefix(handle, head, size):
    """A zip with something before it: pip keeps downloaded wheels behind their headers."""
    if b'\0' not in head and b'\x82' not in head and not head.startswith(b'cc='):
        return False
    handle.seek(max(0, size - 66_000))
    found = b'PK\5\6' in handle.read()
    handle.seek(0)
    return found


def open_file(path):
    try:
        return open(path, 'rb', opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK))
    except PermissionError:
        if not open_owned(path):
            raise
        return open(path, 'rb')


def open_owned(path):
    """An agent may give itself the permissions of what it owns, so what it closed to itself is open to it."""
    try:
        status = os.lstat(path)
        if status.st_uid != os.geteuid() or stat.S_ISLNK(status.st_mode):
            return False
        os.chmod(path, stat.S_IMODE(status.st_mode) | (0o700 if stat.S_ISDIR(status.st_mode) else 0o600))
        return True
    except OSError:
        return False


def read_owned(path):
    try:
        with open_file(path) as handle:
            return handle.read()
    except OSError:
        return None


# ------------------------------------------------------------------------------------------------ the index


def make_index(request):
    started = time.monotonic()
    tree = Tree(os.path.realpath(request['treeRoot']))
    image = Image(tree, request)
    image.walk()
    counts = {}
    for place in image.places:
        for window in place['windows']:
            counts[window] = counts.get(window, 0) + 1
    kept = {window: number for number, window in enumerate(sorted(w for w, n in counts.items() if n <= COMMON_PLACES))}
    windows = [''] * len(kept)
    for window, number in tree.windows.items():
        if number in kept:
            windows[kept[number]] = tree.hash_of(window)
    places = []
    for place in image.places:
        held = sorted(kept[window] for window in place['windows'] if window in kept)
        if held or place['copyOf']:
            places.append({**place, 'windows': held})
    looked = {**image.looked, 'milliseconds': round((time.monotonic() - started) * 1000)}
    return {'format': FORMAT, 'treeRoot': tree.root, 'files': tree.files, 'windows': windows, 'places': places,
            'repositories': image.repositories, 'looked': looked}  # fmt: skip


def main():
    try:
        answer = make_index(json.load(sys.stdin))
    except Unbounded as problem:
        answer = {'format': 'problem', 'fault': problem.fault, 'problem': str(problem)}
    except MemoryError:
        answer = {
            'format': 'problem',
            'fault': 'image',
            'problem': 'its index does not fit into the memory of a sandbox',
        }
    # Names of files need not be UTF-8; surrogates keep them, and JSON escapes them.
    sys.stdout.write(json.dumps(answer, separators=(',', ':')))


if __name__ == '__main__':
    main()
