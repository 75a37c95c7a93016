#!/usr/bin/python3
"""Builds the demo subjects and their shared Python environment from the definition in corpus/.

Usage: build_subjects.py DEFINITION_DIR CACHE_DIR READABLE_DIR

READABLE_DIR is where the trees lie that sandboxes read; the caller picks one that any user can reach. The caller
also holds the lock, so nothing else writes here meanwhile. Exit codes: 0 built, 1 could not (last line says why).
"""

import concurrent.futures
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

# The largest source package has 110 KB, and with its metadata takes 2 to 3 s; two minutes mean that the
# index hangs.
DOWNLOAD_SECONDS = 120
# A handful of small wheels, each asked for at most twice.
INSTALL_SECONDS = 180
# Local work on small trees: seconds, unless the disk hangs.
LOCAL_SECONDS = 120
# pip's own limits: an index that does not answer in 15 s is asked once more, and then the attempt fails.
PIP_NETWORK = ["--timeout", "15", "--retries", "1", "--disable-pip-version-check", "--no-input"]
# pip waits for the network half of the time, so two at a time for each core of a small machine.
DOWNLOADS_AT_ONCE = 4
ATTEMPTS = 2

PYTHON = "/usr/bin/python3"
# Where the sandbox mounts the environment.
MOUNTED_AT = "/opt/environment"
# What `sdist` writes into every source package; in a diff between two releases it is noise.
GENERATED = re.compile(r"^(PKG-INFO|[^/]+\.egg-info)$")


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
        errors="replace",
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
            raise Problem(f"no end after {seconds} s: {' '.join(command[:4])}") from None
        raise
    if process.returncode != 0:
        raise Problem(last_error_line(output) or f"exit {process.returncode}: {' '.join(command[:4])}")
    return output


def last_error_line(output):
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    got = [line for line in lines if re.match(r"Got +[0-9a-f]{64}$", line)]
    if got:
        return f"its sha256 is {got[0].split()[1]}, another than the one written down"
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or [""])[-1]


def say(text):
    print(f"setup: subjects ... {text}", flush=True)


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def create_tools(scratch, definition_dir):
    """A throw-away venv with pip and the build back end that the source packages need."""
    tools = os.path.join(scratch, "tools")
    run([PYTHON, "-m", "venv", tools], LOCAL_SECONDS)
    attempt(
        "the build tools",
        [f"{tools}/bin/python3", "-m", "pip", "install", "--quiet", *PIP_NETWORK, "--no-deps", "--require-hashes"]
        + ["--only-binary", ":all:", "-r", os.path.join(definition_dir, "python-build-tools.txt")],
        INSTALL_SECONDS,
    )
    return tools


def attempt(what, command, seconds):
    for number in range(1, ATTEMPTS + 1):
        try:
            return run(command, seconds)
        except Problem as problem:
            if number == ATTEMPTS or stopping.is_set():
                raise Problem(f"pip cannot get {what}: {problem}") from None


def build_environment(tools, lock, target, scratch):
    """A venv that works from MOUNTED_AT, read-only, whatever its place on this host."""
    fresh = os.path.join(scratch, "environment")
    run([PYTHON, "-m", "venv", "--without-pip", fresh], LOCAL_SECONDS)
    attempt(
        "pytest",
        [f"{tools}/bin/python3", "-m", "pip", "install", "--quiet", *PIP_NETWORK, "--no-deps", "--require-hashes"]
        + ["--only-binary", ":all:", "--no-compile", "--ignore-installed", "--no-warn-script-location"]
        + ["--prefix", fresh, "-r", lock],
        INSTALL_SECONDS,
    )
    for script in glob.glob(f"{fresh}/bin/[Aa]ctivate*"):
        os.remove(script)  # They name the place where the venv was made.
    for script in glob.glob(f"{fresh}/bin/*"):
        if not os.path.islink(script):
            rewrite_shebang(script)
    # Unchecked: the interpreter trusts the compiled file without looking at its source, and a read-only mount
    # never needs to write one. The recorded paths are those of the mount.
    run(
        [f"{fresh}/bin/python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
        + ["-s", fresh, "-p", MOUNTED_AT, f"{fresh}/lib"],
        LOCAL_SECONDS,
    )
    put_in_place(fresh, target)


def rewrite_shebang(script):
    with open(script, "rb") as file:
        first, rest = file.readline(), file.read()
    if first.startswith(b"#!") and b"python" in first:
        with open(script, "wb") as file:
            file.write(f"#!{MOUNTED_AT}/bin/python3\n".encode() + rest)


def download(tools, name, release, downloads):
    """The path of one verified source package; one downloaded earlier serves again."""
    kept = os.path.join(downloads, f"{name}-{release['version']}.tar.gz")
    if os.path.exists(kept) and sha256_of(kept) == release["sha256"]:
        return kept
    with tempfile.TemporaryDirectory(dir=downloads) as folder:
        requirement = os.path.join(folder, "requirement.txt")
        with open(requirement, "w") as file:
            file.write(f"{name}=={release['version']} --hash=sha256:{release['sha256']}\n")
        attempt(
            f"{name} {release['version']}",
            [f"{tools}/bin/python3", "-m", "pip", "download", "--quiet", *PIP_NETWORK, "--no-deps"]
            + ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes", "-d", folder, "-r", requirement],
            DOWNLOAD_SECONDS,
        )
        (package,) = glob.glob(f"{folder}/*.tar.gz")
        os.replace(package, kept)
    return kept


def download_all(tools, subjects, downloads):
    os.makedirs(downloads, exist_ok=True)
    jobs = [(subject["name"], release) for subject in subjects for release in subject["releases"]]
    packages, said = {}, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        waiting = {pool.submit(download, tools, *job, downloads): job for job in jobs}
        try:
            while waiting:
                done, _ = concurrent.futures.wait(waiting, 5, concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    name, release = waiting.pop(future)
                    packages[name, release["version"]] = future.result()
                if time.monotonic() - said > 10:
                    said = time.monotonic()
                    say(f"{len(packages)} of {len(jobs)} source packages")
        except BaseException:
            stopping.set()
            for future in waiting:
                future.cancel()
            raise
    return packages


def git(tree, *arguments, date=None):
    """git that no configuration of this machine can change, so that commit ids are the same everywhere."""
    person = {"NAME": "release", "EMAIL": "release@invalid", "DATE": date or "2000-01-01T00:00:00+0000"}
    env = {"PATH": os.environ["PATH"], "HOME": tree, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    env["GIT_ATTR_NOSYSTEM"] = "1"
    for role in ("AUTHOR", "COMMITTER"):
        env.update({f"GIT_{role}_{key}": value for key, value in person.items()})
    return run(["git", *arguments], LOCAL_SECONDS, cwd=tree, env=env).strip()


def build_subject(subject, packages, target, scratch):
    """A checkout whose history has one commit a release, clean at the last one."""
    name = subject["name"]
    tree = os.path.join(scratch, name)
    os.makedirs(tree)
    # An empty template brings no hooks; reflogs would only repeat the history.
    git(tree, "init", "--quiet", "--template=", "--initial-branch=main")
    for key, value in {"core.autocrlf": "false", "core.logAllRefUpdates": "false", "gc.auto": "0"}.items():
        git(tree, "config", key, value)
    os.makedirs(f"{tree}/.git/info", exist_ok=True)
    with open(f"{tree}/.git/info/attributes", "w") as file:
        # A .gitattributes inside a package must not rewrite what the package holds.
        file.write("* -text -filter -ident -export-subst\n")
    for number, release in enumerate(subject["releases"]):
        empty(tree)
        unpack(packages[name, release["version"]], tree)
        git(tree, "add", "--all", "--force")
        # One day apart, so that a log sorted by date is in the order of the releases.
        date = f"{946684800 + number * 86400} +0000"
        git(tree, "commit", "--quiet", "--allow-empty", "-m", f"release {release['version']}", date=date)
    git(tree, "repack", "-adq")
    git(tree, "update-index", "--refresh", "-q")
    head = git(tree, "rev-parse", "HEAD")
    if head != subject["commit"]:
        raise Problem(f"{name}: the rebuilt history ends at {head}, corpus/demo.json expects {subject['commit']}")
    if git(tree, "status", "--porcelain"):
        raise Problem(f"{name}: the rebuilt checkout is not clean")
    put_in_place(tree, target)


def is_current(subject, tree):
    """Whether the tree is in place already; then it stays, because an episode may be reading it."""
    if not os.path.isdir(f"{tree}/.git"):
        return False
    try:
        return git(tree, "rev-parse", "HEAD") == subject["commit"] and not git(tree, "status", "--porcelain")
    except Problem:
        return False


def empty(tree):
    for entry in os.scandir(tree):
        if entry.name != ".git":
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.remove(entry.path)


def unpack(package, tree):
    """Plain files only, with one of two modes; the top folder (name-version) is left out."""
    with tarfile.open(package) as archive:
        for member in archive:
            parts = member.name.split("/")[1:]
            if not member.isfile() or not parts or any(GENERATED.match(part) for part in parts):
                continue
            if any(part in ("", ".", "..", ".git") for part in parts):
                raise Problem(f"{os.path.basename(package)} holds a suspicious path: {member.name}")
            path = os.path.join(tree, *parts)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                shutil.copyfileobj(archive.extractfile(member), file)
            os.chmod(path, 0o755 if member.mode & 0o100 else 0o644)


def put_in_place(fresh, target):
    """By renaming, so that a reader sees the old tree or the new one and never a half."""
    run(["chmod", "-R", "a+rX,go-w", fresh], LOCAL_SECONDS)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(target):
        os.rename(target, fresh + ".old")
    os.rename(fresh, target)


def write_corpus(lines, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".partial", "w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    os.replace(path + ".partial", path)


def environment_hash(lock):
    digest = hashlib.sha256(sys.version.encode())
    with open(lock, "rb") as file:
        digest.update(file.read())
    return digest.hexdigest()[:12]


def main(definition_dir, cache, readable):
    os.umask(0o022)
    with open(os.path.join(definition_dir, "demo.json")) as file:
        definition = json.load(file)
    if sys.version_info < (3, 10):
        raise Problem(f"{PYTHON} is {sys.version.split()[0]}, and pytest needs 3.10 or newer")
    subjects = definition["subjects"]
    lock = os.path.join(definition_dir, definition["environment"])
    environment = os.path.join(readable, "environments", f"python-{environment_hash(lock)}")
    os.makedirs(readable, exist_ok=True)
    for left in glob.glob(f"{readable}/.building.*"):
        shutil.rmtree(left, ignore_errors=True)  # Of a set-up that was killed; the caller's lock says it is gone.
    places = {subject["name"]: os.path.join(readable, "subjects", subject["name"]) for subject in subjects}
    stale = [subject for subject in subjects if not is_current(subject, places[subject["name"]])]
    if stale or not os.path.isdir(environment):
        # On the same file system as the result, because a rename cannot leave it.
        with tempfile.TemporaryDirectory(prefix=".building.", dir=readable) as scratch:
            os.environ["TMPDIR"] = scratch  # What a killed pip leaves behind goes with it.
            tools = create_tools(scratch, definition_dir)
            if not os.path.isdir(environment):
                say("Python environment with pytest")
                build_environment(tools, lock, environment, scratch)
            packages = download_all(tools, stale, os.path.join(cache, "downloads"))
            say("git histories")
            for subject in stale:
                build_subject(subject, packages, places[subject["name"]], scratch)
    for kind in ("subjects", "environments"):
        link(os.path.join(readable, kind), os.path.join(cache, kind))
    corpus = [
        {"name": s["name"], "directory": places[s["name"]], "environment": environment, "weight": s["weight"]}
        for s in subjects
    ]
    write_corpus(corpus, os.path.join(cache, "corpus", "demo.jsonl"))


def link(place, name):
    """The cache shows every tree, also those that lie elsewhere for their readers' sake."""
    if os.path.realpath(place) == os.path.realpath(name):
        return
    if os.path.islink(name):
        os.remove(name)
    elif os.path.isdir(name):
        shutil.rmtree(name)
    os.symlink(place, name)


def stop(signal_number, _frame):
    stopping.set()
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        main(*sys.argv[1:4])
    except (Problem, OSError, tarfile.TarError) as problem:
        print(problem, flush=True)
        sys.exit(1)
