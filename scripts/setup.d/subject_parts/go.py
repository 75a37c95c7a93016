"""Go: modules from the module proxy, and an environment with Go itself and a warm build cache."""

import base64
import hashlib
import json
import os
import platform
import re
import shutil
import time
import urllib.request
import zipfile

from .steps import LOCAL_SECONDS, Problem, attempt, content_of, key_of, run, stopping
from .trees import put_in_place, write_file

# A dozen modules of 20 to 100 KB took 1 s.
DOWNLOAD_SECONDS = 180
# Go itself, 70 MB: allows a line of 250 KB/s.
TOOLCHAIN_SECONDS = 300
# 16 s of processor time; a slow core under load may need ten times as long.
CACHE_SECONDS = 300
# The oldest Go that takes a build cache from a program (GOCACHEPROG).
OLDEST_GO = (1, 24)

ADDED_FILES = {}
REMEDY = "check the network and Go's module proxy (go env GOPROXY), or install Go 1.24 or newer"

PROXY = 'https://proxy.golang.org'
# Where the sandbox mounts the environment.
MOUNTED_AT = '/opt/environment'
# What a build in a sandbox is to do without a network. In the file that the go command reads its defaults from, so
# that a variable of a user still wins. Without -count=1 the second run of the tests would not run them.
DEFAULTS = """GOFLAGS=-count=1
GOPROXY=off
GOSUMDB=off
GOTOOLCHAIN=local
CGO_ENABLED=0
"""
# Go cannot work with a build cache that it may not write to, so a program lays a writable one over it.
CACHES = f"""GOCACHE={MOUNTED_AT}/go-cache
GOCACHEPROG={MOUNTED_AT}/bin/go-cache {MOUNTED_AT}/go-cache
"""

# The packages that the tests of the subjects, and most others, are made of. Compiling all of the standard library
# would take three times as long.
WARM = """
bufio bytes cmp compress/gzip container/heap container/list context crypto/md5 crypto/rand crypto/sha1 crypto/sha256
database/sql database/sql/driver embed encoding encoding/base64 encoding/binary encoding/csv encoding/hex
encoding/json encoding/xml errors flag fmt go/ast go/format go/parser go/printer go/token hash hash/crc32 hash/fnv
html io io/fs iter log maps math math/big math/bits math/rand math/rand/v2 net net/url os os/exec os/signal path
path/filepath reflect regexp runtime runtime/debug slices sort strconv strings sync sync/atomic syscall
testing testing/fstest testing/iotest testing/quick text/tabwriter text/template time unicode unicode/utf16
unicode/utf8 unsafe
"""


def is_generated(_parts):
    return False


def toolchain_of(work):
    return work.definition['toolchain']


def host_go():
    """The go command of this machine where it is new enough, with its version and root."""
    found = shutil.which('go') or shutil.which('go', path='/usr/local/go/bin:/usr/lib/go/bin')
    if found is None:
        return None
    # The command must speak for itself, not for the toolchain that a go.mod nearby asks for.
    environment = {**os.environ, 'GOTOOLCHAIN': 'local', 'GOFLAGS': ''}
    try:
        said = run(
            [found, 'env', 'GOVERSION', 'GOROOT', 'GOPROXY'], LOCAL_SECONDS, cwd='/', env=environment
        ).splitlines()
    except Problem:
        return None
    version = re.match(r'go(\d+)\.(\d+)', said[0])
    if version is None or tuple(int(number) for number in version.groups()) < OLDEST_GO:
        return None
    return {'version': said[0], 'root': said[1], 'proxy': said[2]}


def environment_key(work):
    host = host_go()
    version = host['version'] if host else toolchain_of(work)['version']
    return key_of(version, content_of(__file__), content_of(os.path.join(CACHE_PROGRAM, 'main.go')))


def build_environment(work, target):
    fresh = os.path.join(work.scratch, 'environment')
    os.makedirs(f'{fresh}/bin')
    host = host_go()
    if host is None:
        unpack_toolchain(work, f'{fresh}/go')
    else:
        copy_toolchain(host['root'], f'{fresh}/go')
    write_file(f'{fresh}/go/go.env', DEFAULTS.encode(), 0o644)
    for program in ('go', 'gofmt'):
        os.symlink(f'../go/bin/{program}', f'{fresh}/bin/{program}')
    warm_cache(work, fresh)
    build_cache_program(work, fresh)
    write_file(f'{fresh}/go/go.env', (DEFAULTS + CACHES).encode(), 0o644)
    put_in_place(fresh, target)


# Tests of Go itself and its own commands' sources: half of the files, and no build needs them.
NOT_NEEDED = re.compile(r'/(testdata|src/cmd)/|_test\.go$|^/(api|doc|misc|test)/')


def copy_toolchain(root, target):
    def needless(folder, names):
        inside = folder[len(root) :]
        return [
            name for name in names if NOT_NEEDED.search(f'{inside}/{name}' + ('/' if is_folder(folder, name) else ''))
        ]

    # Distributions make parts of it links to elsewhere.
    shutil.copytree(root, target, symlinks=False, ignore=needless, ignore_dangling_symlinks=True)
    run(['chmod', '-R', 'u+w', target], LOCAL_SECONDS)


def is_folder(folder, name):
    return os.path.isdir(os.path.join(folder, name))


def unpack_toolchain(work, target):
    """The module proxy serves Go itself as a module."""
    toolchain = toolchain_of(work)
    machine = {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(platform.machine(), platform.machine())
    system = f'linux-{machine}'
    if system not in toolchain['hashes']:
        raise Problem(f'there is no Go here, and none is pinned for {system}')
    archive = os.path.join(work.downloads, f'{toolchain["version"]}.{system}.zip')
    if not os.path.exists(archive) or digest_of(archive) != toolchain['hashes'][system]:
        download_toolchain(f'v0.0.1-{toolchain["version"]}.{system}.zip', archive)
    if digest_of(archive) != toolchain['hashes'][system]:
        raise Problem(f'{archive} has the hash {digest_of(archive)}, another than the one written down')
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            inside = '/' + entry.filename.partition('@')[2].partition('/')[2]
            if inside == '/' or entry.is_dir() or NOT_NEEDED.search(inside):
                continue
            path = os.path.normpath(target + inside)
            if not path.startswith(target + '/'):
                raise Problem(f'{archive} holds a suspicious path: {entry.filename}')
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with opened.open(entry) as source, open(path, 'wb') as file:
                shutil.copyfileobj(source, file)
            # Modules are stored without the right to run them.
            os.chmod(path, 0o755 if re.match(r'/(bin|pkg/tool)/', inside) else 0o644)


def download_toolchain(name, archive):
    proxies = [*re.split(r'[,|]', os.environ.get('GOPROXY', '')), PROXY]
    proxy = next(proxy for proxy in proxies if proxy.startswith(('http://', 'https://')))
    url = f'{proxy.rstrip("/")}/golang.org/toolchain/@v/{name}'
    ends = time.monotonic() + TOOLCHAIN_SECONDS
    try:
        # A proxy that says nothing for half a minute hangs.
        with urllib.request.urlopen(url, timeout=30) as answer, open(archive + '.partial', 'wb') as file:
            for piece in iter(lambda: answer.read(1 << 20), b''):
                if stopping.is_set() or time.monotonic() > ends:
                    raise Problem(f'Go does not come within {TOOLCHAIN_SECONDS} s from {proxy}')
                file.write(piece)
    except OSError as problem:
        raise Problem(f'there is no Go 1.24 here, and {proxy} does not give one: {problem}') from None
    os.replace(archive + '.partial', archive)


def warm_cache(work, fresh):
    """Compiles and vets the standard library for tests. Nothing of a subject is in it, and no result of a test."""
    module = os.path.join(work.scratch, 'warm')
    os.makedirs(module)
    with open(f'{module}/go.mod', 'w') as file:
        file.write('module warm\n\ngo 1.21\n')
    imports = '\n'.join(f'\t_ "{package}"' for package in wanted_packages(fresh))
    with open(f'{module}/warm_test.go', 'w') as file:
        file.write(f'package warm\n\nimport (\n{imports}\n)\n')
    run([f'{fresh}/go/bin/go', 'test', '.'], CACHE_SECONDS, cwd=module, env=go_environment(work, f'{fresh}/go-cache'))


def build_cache_program(work, fresh):
    run(
        [f'{fresh}/go/bin/go', 'build', '-trimpath', '-ldflags=-s -w', '-o', f'{fresh}/bin/go-cache', '.'],
        CACHE_SECONDS,
        cwd=CACHE_PROGRAM,
        env=go_environment(work, f'{fresh}/go-cache'),
    )


CACHE_PROGRAM = os.path.join(os.path.dirname(__file__), '../../../src/sandbox/prepared/go-cache')


def wanted_packages(fresh):
    """Those that this version of Go has."""
    return [package for package in WARM.split() if os.path.isdir(f'{fresh}/go/src/{package}')]


def go_environment(work, cache):
    return {
        'PATH': os.environ['PATH'],
        'HOME': work.scratch,
        'GOCACHE': cache,
        'GOENV': 'off',
        'GOMODCACHE': os.path.join(work.scratch, 'modules'),
        'GOTOOLCHAIN': 'local',
        'TMPDIR': work.scratch,
    }


def digest_of(archive):
    """The hash of a module's zip as go.sum has it: over names and contents, whoever zipped them."""
    with zipfile.ZipFile(archive) as opened:
        lines = ''.join(
            f'{hashlib.sha256(opened.read(name)).hexdigest()}  {name}\n' for name in sorted(opened.namelist())
        )
    return 'h1:' + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def archive_name(subject, version):
    return f'{subject["name"]}-{version}.zip'


def fetch(work, wanted):
    specifications = {f'{subject["module"]}@{version}': (subject, version) for subject, version in wanted}
    network = {name: value for name, value in os.environ.items() if NETWORK_SETTING.match(name)}
    # What the machine's own go command would ask; ours has been told to ask nobody.
    host = host_go()
    proxy = os.environ.get('GOPROXY') or (host and host['proxy']) or f'{PROXY},direct'
    # The hashes are pinned, so no checksum database has to be asked; a writable cache can be removed.
    settings = {**network, 'GOPROXY': proxy, 'GOSUMDB': 'off', 'GOFLAGS': '-modcacherw'}
    said = attempt(
        'the modules',
        [f'{work.environment}/go/bin/go', 'mod', 'download', '-json', *specifications],
        DOWNLOAD_SECONDS,
        cwd=work.scratch,
        env={**go_environment(work, os.path.join(work.scratch, 'build')), **settings},
    )
    for found in json_documents(said):
        subject, version = specifications[f'{found["Path"]}@{found["Version"]}']
        shutil.copy(found['Zip'], os.path.join(work.downloads, archive_name(subject, version)))


NETWORK_SETTING = re.compile(
    r'(https?|all|no)_proxy$|GO(NOPROXY|PRIVATE|INSECURE|AUTH)$|SSL_CERT_(FILE|DIR)$', re.IGNORECASE
)


def json_documents(text):
    decoder, position = json.JSONDecoder(), 0
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        document, position = decoder.raw_decode(text, position)
        yield document
