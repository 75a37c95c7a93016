"""Says which of the things that a test script loads the image holds, before the script has run.

Runs in a fresh sandbox as the agent's user. Python 3.9, standard library only; a request in JSON on standard input
(`{"treeRoot", "loads": [{"kind", "name"}], "skip", "seconds"}`), the numbers of the held loads in JSON on standard output.
Nothing of the image is executed: which Python or Node the script will use is not known, so every place that one of them
may search is looked into, in one walk for all names. What was not found when the time is over is not held.

A module has to lie where it is imported from: the tree's root and source folders, a named folder, or directly in a folder
of packages. What may be written by everybody is no part of an image.
"""

import glob
import json
import os
import re
import sys
import time

SOURCE_FOLDERS = ('.', 'src', 'lib', 'python', 'test', 'tests')
SCRATCH = re.compile(r'(/tmp|/var/tmp|/dev/shm|/run|/proc|/dev/fd)(/|$)')
PACKAGES = ('site-packages', 'dist-packages')
SCRIPT_ENDS = ('', '.js', '.cjs', '.mjs', '.ts', '.cts', '.mts', '.json')
MODULE = re.compile(r'\w+(\.\w+)*')
# What the agent may not see, no script of its own can load; any other problem is the machine's, and ends the program.
NOT_SHOWN = (PermissionError, FileNotFoundError, NotADirectoryError)
# A list of entry points is some lines long.
ENTRY_POINTS_BYTES = 1 << 20


class Loads:
    def __init__(self, request):
        self.tree = os.path.realpath(request['treeRoot'])
        self.skip = set(request['skip'])
        # Of its own processor time: what is not found in time is not held, and load must not decide that.
        self.deadline = time.process_time() + request['seconds']
        self.loads = [(load['kind'], load['name']) for load in request['loads']]
        os.chdir(self.tree)
        named = [name for kind, name in self.loads if kind == 'folder' and os.path.isdir(name)]
        self.roots = [root for root in (*SOURCE_FOLDERS, *named) if self.is_kept(root)]
        self.held, self.pythons, self.nodes = set(), {}, {}

    def is_kept(self, path):
        real = os.path.realpath(path)
        return f'{real}/'.startswith(f'{self.tree}/') or not SCRATCH.match(real)

    def is_late(self):
        return time.process_time() > self.deadline

    def find(self):
        for number, (kind, name) in enumerate(self.loads):
            if self.is_late():
                break
            if self.is_held(kind, name):
                self.held.add(number)
            elif kind == 'python-module':
                self.pythons[number] = name
            elif kind == 'node-module' and not name.startswith(('/', '.')):
                self.nodes[number] = '/'.join(name.split('/')[: 2 if name.startswith('@') else 1])
        self.walk()
        return sorted(self.held)

    def is_held(self, kind, name):
        if kind == 'folder':
            return os.path.isdir(name) and self.is_kept(name)
        if kind == 'file':
            return name == '/dev/null' or (os.path.exists(name) and self.is_kept(name))
        if kind == 'python-module':
            return any(self.has_module(root, name, root) for root in self.roots)
        if name.startswith('node:'):
            return True
        return any(os.path.exists(name + end) and self.is_kept(name + end) for end in SCRIPT_ENDS)

    def has_module(self, folder, name, root=None):
        if not MODULE.fullmatch(name):
            return False
        path = os.path.join(folder, name.replace('.', '/'))
        if os.path.isfile(f'{path}.py') or os.path.isfile(f'{path}/__init__.py'):
            return True
        return root is not None and bool(glob.glob(f'{glob.escape(path)}.*.so'))

    # -- the image

    def walk(self):
        pending = ['/']
        while pending and (self.pythons or self.nodes) and not self.is_late():
            current = pending.pop()
            try:
                with os.scandir(current) as entries:
                    folders, has_entry_points = self.listed(entries)
            except NOT_SHOWN:
                continue
            self.look(current, has_entry_points)
            pending.extend(folders)

    def listed(self, entries):
        folders, has_entry_points = [], False
        for entry in entries:
            if entry.name == 'entry_points.txt':
                has_entry_points = True
            if entry.name != '.git' and entry.path not in self.skip and entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
        return folders, has_entry_points

    def look(self, folder, has_entry_points):
        if self.pythons and has_entry_points:
            named = names_in(f'{folder}/entry_points.txt')
            self.take(self.pythons, lambda name: name in named)
        if self.pythons and is_home(folder):
            self.take(self.pythons, lambda name: self.has_module(folder, name))
        if self.nodes and os.path.basename(folder) == 'node_modules':
            self.take(self.nodes, lambda name: os.path.exists(f'{folder}/{name}'))

    def take(self, wanted, is_here):
        found = [number for number, name in wanted.items() if is_here(name)]
        self.held.update(found)
        for number in found:
            del wanted[number]


def is_home(folder):
    """Where Python imports from by itself: its own library, packages, eggs among them, and the plug-ins of pytest."""
    parent, name = os.path.split(folder)
    if name in PACKAGES:
        return True
    if name == '_pytest' or name.endswith('.egg'):
        return os.path.basename(parent) in PACKAGES
    if name == 'lib-dynload':
        return is_home(parent)
    return name.startswith(('python3', 'pypy3')) and os.path.basename(parent) in ('lib', 'lib64')


def names_in(path):
    try:
        with open(path, 'rb') as handle:
            text = handle.read(ENTRY_POINTS_BYTES).decode('latin-1')
    except NOT_SHOWN:
        return set()
    return {name.strip() for name in re.findall(r'(?m)^([^=\n]+)=', text)}


if __name__ == '__main__':
    json.dump(Loads(json.load(sys.stdin)).find(), sys.stdout)
