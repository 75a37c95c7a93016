"""How a step of the build runs, fails and is stopped."""

import hashlib
import os
import re
import signal
import subprocess
import threading
import time

# Local work on small trees: seconds, unless the disk hangs.
LOCAL_SECONDS = 120
ATTEMPTS = 2


class Problem(Exception):
    """Something a person has to put right."""


stopping = threading.Event()


def run(command, seconds, cwd=None, env=None):
    """Runs a command in a process group of its own, so that its limit and Ctrl-C end its children too."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors='replace',
        start_new_session=True,
    )
    ends = time.monotonic() + seconds
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                if stopping.is_set() or time.monotonic() > ends:
                    raise
    except BaseException as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise Problem(f'no end after {seconds} s: {" ".join(command[:4])}') from None
        raise
    if process.returncode != 0:
        raise Problem(last_error_line(output) or f'exit {process.returncode}: {" ".join(command[:4])}')
    return output


def last_error_line(output):
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    got = [line for line in lines if re.match(r'Got +[0-9a-f]{64}$', line)]
    if got:
        return f'its sha256 is {got[0].split()[1]}, another than the one written down'
    for pattern, which in SENTENCES:
        errors = [line for line in lines if re.match(pattern, line)]
        if errors:
            return errors[which]
    return (lines or [''])[-1]


# Where a program says in words what is wrong, and which of several such lines to take: npm and go say it first, pip
# last.
SENTENCES = (
    (r'npm error (?!code |errno |syscall |A complete log)', 0),
    (r'"Error": "', 0),
    (r'ERROR', -1),
    (r'go: (?!downloading |finding )', -1),
)


def attempt(what, command, seconds, **place):
    """A step that needs the network, tried a second time when it fails."""
    left = ATTEMPTS
    while True:
        left -= 1
        try:
            return run(command, seconds, **place)
        except Problem as problem:
            if left == 0 or stopping.is_set():
                raise Problem(f'cannot get {what}: {problem}') from None


def say(text):
    print(f'setup: subjects ... {text}', flush=True)


def key_of(*contents):
    """A short name for what is built from these contents and nothing else."""
    found = hashlib.sha256()
    for content in contents:
        found.update(content if isinstance(content, bytes) else content.encode())
        found.update(b'\0')
    return found.hexdigest()[:12]


def content_of(path):
    with open(path, 'rb') as file:
        return file.read()
