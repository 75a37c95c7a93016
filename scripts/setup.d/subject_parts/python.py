"""Python: source packages from the package index, and an environment with pytest."""

import concurrent.futures
import glob
import hashlib
import os
import re
import sys
import tempfile

from .steps import LOCAL_SECONDS, Problem, attempt, content_of, key_of, run
from .trees import put_in_place

# The largest source package has 110 KB, and with its metadata takes 2 to 3 s; two minutes mean that the
# index hangs.
DOWNLOAD_SECONDS = 120
# A handful of small wheels, each asked for at most twice.
INSTALL_SECONDS = 180
# pip's own limits: an index that does not answer in 15 s is asked once more, and then the attempt fails.
PIP_NETWORK = ['--timeout', '15', '--retries', '1', '--disable-pip-version-check', '--no-input']
# pip waits for the network half of the time, so two at a time for each core of a small machine.
DOWNLOADS_AT_ONCE = 4

PYTHON = '/usr/bin/python3'
# Where the sandbox mounts the environment.
MOUNTED_AT = '/opt/environment'
ADDED_FILES = {}
REMEDY = "check the network and pip's index (pip config list, PIP_INDEX_URL)"


def is_generated(parts):
    """What `sdist` writes into every source package; in a diff between two releases it is noise."""
    return any(re.match(r'^(PKG-INFO|[^/]+\.egg-info)$', part) for part in parts)


def environment_key(work):
    if sys.version_info < (3, 10):
        raise Problem(f'{PYTHON} is {sys.version.split()[0]}, and pytest needs 3.10 or newer')
    return key_of(sys.version, content_of(lock_of(work)), content_of(__file__))


def lock_of(work):
    return os.path.join(work.definitions, 'python-environment.txt')


def create_tools(work):
    """A throw-away venv with pip and the build back end that the source packages need."""
    tools = os.path.join(work.scratch, 'tools')
    if os.path.isdir(tools):
        return tools
    run([PYTHON, '-m', 'venv', tools], LOCAL_SECONDS)
    pip_install(tools, 'the build tools', '-r', os.path.join(work.definitions, 'python-build-tools.txt'))
    return tools


def pip_install(tools, what, *arguments):
    """Wheels whose hashes are written down, and nothing that they ask for."""
    pip = [f'{tools}/bin/python3', '-m', 'pip', 'install', '--quiet', *PIP_NETWORK]
    attempt(what, [*pip, '--no-deps', '--require-hashes', '--only-binary', ':all:', *arguments], INSTALL_SECONDS)


def build_environment(work, target):
    """A venv that works from MOUNTED_AT, read-only, whatever its place on this host."""
    tools = create_tools(work)
    fresh = os.path.join(work.scratch, 'environment')
    run([PYTHON, '-m', 'venv', '--without-pip', fresh], LOCAL_SECONDS)
    into = ('--no-compile', '--ignore-installed', '--no-warn-script-location', '--prefix', fresh)
    pip_install(tools, 'pytest', *into, '-r', lock_of(work))
    for script in glob.glob(f'{fresh}/bin/[Aa]ctivate*'):
        os.remove(script)  # They name the place where the venv was made.
    for script in glob.glob(f'{fresh}/bin/*'):
        if not os.path.islink(script):
            rewrite_shebang(script)
    # Unchecked: the interpreter trusts the compiled file without looking at its source, and a read-only mount
    # never needs to write one. The recorded paths are those of the mount.
    run(
        [
            f'{fresh}/bin/python3',
            '-m',
            'compileall',
            '-q',
            '--invalidation-mode',
            'unchecked-hash',
            '-s',
            fresh,
            '-p',
            MOUNTED_AT,
            f'{fresh}/lib',
        ],
        LOCAL_SECONDS,
    )
    put_in_place(fresh, target)


def rewrite_shebang(script):
    with open(script, 'rb') as file:
        first, rest = file.readline(), file.read()
    if first.startswith(b'#!') and b'python' in first:
        with open(script, 'wb') as file:
            file.write(f'#!{MOUNTED_AT}/bin/python3\n'.encode() + rest)


def digest_of(archive):
    return f'sha256:{hashlib.sha256(content_of(archive)).hexdigest()}'


def archive_name(subject, version):
    return f'{subject["name"]}-{version}.tar.gz'


def fetch(work, wanted):
    """Source packages, several at a time; pip checks each against its hash before it reads it."""
    tools = create_tools(work)
    with concurrent.futures.ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        jobs = [pool.submit(download, work, tools, subject, version) for subject, version in wanted]
        try:
            for job in concurrent.futures.as_completed(jobs):
                job.result()
        except BaseException:
            for job in jobs:
                job.cancel()
            raise


def download(work, tools, subject, version):
    name = subject['name']
    with tempfile.TemporaryDirectory(dir=work.downloads) as folder:
        requirement = os.path.join(folder, 'requirement.txt')
        with open(requirement, 'w') as file:
            file.write(f'{name}=={version} --hash={subject["releases"][version]}\n')
        attempt(
            f'{name} {version}',
            [
                f'{tools}/bin/python3',
                '-m',
                'pip',
                'download',
                '--quiet',
                *PIP_NETWORK,
                '--no-deps',
                '--no-binary',
                ':all:',
                '--no-build-isolation',
                '--require-hashes',
                '-d',
                folder,
                '-r',
                requirement,
            ],
            DOWNLOAD_SECONDS,
        )
        (package,) = glob.glob(f'{folder}/*.tar.gz')
        os.replace(package, os.path.join(work.downloads, archive_name(subject, version)))
