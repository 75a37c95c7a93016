"""JavaScript and TypeScript: packages from npm's registry, and an environment with Node.js and test runners."""

import base64
import hashlib
import json
import os
import re
import shutil

from .steps import LOCAL_SECONDS, Problem, attempt, content_of, key_of, run
from .trees import put_in_place, write_file

# 275 packages with an empty cache took 16 s on two cores; a slow line may take ten times as long.
INSTALL_SECONDS = 300
# A hundred tarballs of 10 to 100 KB took 5 s.
DOWNLOAD_SECONDS = 180
NPM_NETWORK = ['--no-audit', '--no-fund', '--no-update-notifier', '--fetch-retries=1', '--fetch-timeout=60000']
# The oldest Node.js that the pinned vitest runs on.
OLDEST_NODE = (20, 0)

# npm reads this beside the node that runs it. Without it, `npx` of a program that is not there asks a registry that no
# sandbox can reach for 70 s.
NPM_SETTINGS = 'offline=true\naudit=false\nfund=false\nupdate-notifier=false\n'

# vitest keeps a file in node_modules/.vite of the tree; a package's own .gitignore is never published.
ADDED_FILES = {'.gitignore': 'coverage/\nnode_modules/\n'}
REMEDY = "check the network and npm's registry (npm ping)"


def is_generated(parts):
    """A bundle is a second copy of the source, which no test runs."""
    return parts[0] == 'dist'


def environment_key(work):
    version = run([node_binary(), '-p', 'process.version + process.arch'], LOCAL_SECONDS)
    found = tuple(int(number) for number in re.findall(r'\d+', version)[:2])
    if found < OLDEST_NODE:
        raise Problem(f'Node.js is {version.strip()}, and the test runners need {OLDEST_NODE[0]} or newer')
    return key_of(version, content_of(os.path.join(folder_of(work), 'package-lock.json')), content_of(__file__))


def folder_of(work):
    return os.path.join(work.definitions, 'javascript-environment')


def node_binary():
    """The program itself, where what PATH leads to is the shim of a version manager."""
    if shutil.which('node') is None or shutil.which('npm') is None:
        raise Problem('there is no Node.js with npm here')
    return run(['node', '-p', 'process.execPath'], LOCAL_SECONDS).strip()


def build_environment(work, target):
    """bin/node, a copy of this machine's, and node_modules, which the sandbox shows as /node_modules too."""
    fresh = os.path.join(work.scratch, 'environment')
    os.makedirs(f'{fresh}/bin')
    for name in ('package.json', 'package-lock.json'):
        shutil.copy(os.path.join(folder_of(work), name), fresh)
    attempt(
        'the test runners',
        # By the folder it stands in: with --prefix npm does not read this machine's settings (registry, certificates).
        ['npm', 'ci', '--ignore-scripts', '--prefer-offline', *NPM_NETWORK],
        INSTALL_SECONDS,
        cwd=fresh,
    )
    for subject in work.definition['subjects']:
        if os.path.isdir(f'{fresh}/node_modules/{subject["name"]}'):
            raise Problem(f'the test runners bring {subject["name"]}, and so the source that a solver is to repair')
    shutil.copy(node_binary(), f'{fresh}/bin/node')
    assert_self_contained(f'{fresh}/bin/node')
    with open(f'{fresh}/package.json') as file:
        for package in json.load(file)['dependencies']:
            link_programs(fresh, package)
    write_file(f'{fresh}/etc/npmrc', NPM_SETTINGS.encode(), 0o644)
    # A package.json above node_modules would say how the files of a tree mounted nowhere near it are to be read.
    os.remove(f'{fresh}/package.json')
    os.remove(f'{fresh}/package-lock.json')
    put_in_place(fresh, target)


def link_programs(fresh, package):
    with open(f'{fresh}/node_modules/{package}/package.json') as file:
        programs = json.load(file).get('bin', {})
    names = [package] if isinstance(programs, str) else programs
    for name in names:
        os.symlink(f'../node_modules/.bin/{name}', f'{fresh}/bin/{name}')


def assert_self_contained(node):
    """A sandbox has the libraries of /usr and no others (not those of Nix or Homebrew)."""
    foreign = [
        path
        for path in re.findall(r'=> (/\S+)', run(['ldd', node], LOCAL_SECONDS))
        if not path.startswith(('/usr/', '/lib/', '/lib64/'))
    ]
    if foreign:
        raise Problem(
            f"this machine's Node.js needs {foreign[0]}, which no sandbox can see; install one from nodejs.org"
        )


def digest_of(archive):
    """As npm's lock files have it, and `npm view NAME@VERSION dist.integrity` says it."""
    return 'sha512-' + base64.b64encode(hashlib.sha512(content_of(archive)).digest()).decode()


def archive_name(subject, version):
    return f'{subject["name"]}-{version}.tgz'


def fetch(work, wanted):
    attempt(
        'the packages',
        ['npm', 'pack', '--silent', '--ignore-scripts', '--prefer-offline', *NPM_NETWORK]
        + ['--pack-destination', work.downloads]
        + [f'{subject["name"]}@{version}' for subject, version in wanted],
        DOWNLOAD_SECONDS,
        cwd=work.scratch,
    )
