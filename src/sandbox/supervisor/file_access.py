"""Files of the sandbox, read, written and packed by a child that has become the agent."""

import errno
import json
import os
import stat
import time

from .children import fork_child
from .connection import FilePart
from .descriptors import CHUNK_BYTES, unnamed_memory, write_all

# File access is a fork and a few system calls; only a dead disk takes this long.
FILE_ACCESS_SECONDS = 60
# Reading gigabytes takes a while; the client has its own limit.
SNAPSHOT_SECONDS = 900
# What a kill did not end is stuck in the kernel; asked again, but not at every round.
KILL_AGAIN_SECONDS = 1
MAX_REPORT_BYTES = 1 << 16

READ_PROBLEMS = {
    errno.ELOOP: 'symbolic-link', errno.ENOENT: 'missing', errno.ENOTDIR: 'missing', errno.ENAMETOOLONG: 'missing',
    errno.ENXIO: 'not-a-file', errno.EACCES: 'not-permitted', errno.EPERM: 'not-permitted',
}  # fmt: skip
WRITE_PROBLEMS = {
    errno.ELOOP: 'symbolic-link', errno.EISDIR: 'not-a-file', errno.ENXIO: 'not-a-file',
    errno.ENOTDIR: 'not-a-directory', errno.EEXIST: 'not-a-directory', errno.ENOENT: 'not-a-directory',
    errno.ENAMETOOLONG: 'not-permitted', errno.EACCES: 'not-permitted', errno.EPERM: 'not-permitted',
    errno.EROFS: 'not-permitted', errno.ETXTBSY: 'not-permitted', errno.ENOSPC: 'no-space', errno.EDQUOT: 'no-space',
}  # fmt: skip


# -- in a child


def read_file(path, limit, target):
    try:
        # Not blocking: the agent may have put a FIFO there.
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            return copy_regular(source, limit, target)
        finally:
            os.close(source)
    except OSError as problem:
        if problem.errno not in READ_PROBLEMS:
            raise
        return {'problem': READ_PROBLEMS[problem.errno]}


def copy_regular(source, limit, target):
    mode = os.fstat(source).st_mode
    if not stat.S_ISREG(mode):
        return {'problem': 'not-a-file'}
    copied = 0
    while chunk := os.read(source, CHUNK_BYTES):
        copied += len(chunk)
        if copied > limit:
            target.truncate(0)
            return {'problem': 'too-large'}
        target.write(chunk)
    return {'executable': mode & stat.S_IXUSR != 0}


def write_file(path, content, executable):
    try:
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        target = os.open(path, flags, 0o755 if executable else 0o644)
        try:
            return fill_regular(target, content, executable)
        finally:
            os.close(target)
    except OSError as problem:
        if problem.errno not in WRITE_PROBLEMS:
            raise
        return {'problem': WRITE_PROBLEMS[problem.errno]}


def fill_regular(target, content, executable):
    status = os.fstat(target)
    if not stat.S_ISREG(status.st_mode):
        return {'problem': 'not-a-file'}
    os.ftruncate(target, 0)
    write_all(target, content)
    if executable and status.st_mode & 0o111 != 0o111:
        os.fchmod(target, stat.S_IMODE(status.st_mode) | 0o111)
    return {}


def report_file_job(launcher, operation, header, body, target, report):
    try:
        outcome = run_file_job(launcher, operation, header, body, target)
    except OSError as problem:
        outcome = {'error': problem.strerror or str(problem)}
    except Exception as problem:
        # A fault of this program: without a report, nobody would learn more than the number of a status.
        outcome = {'error': f'{type(problem).__name__}: {problem}'}
    write_all(report.fileno(), json.dumps(outcome).encode()[:MAX_REPORT_BYTES])


def run_file_job(launcher, operation, header, body, target):
    if operation == 'snapshot':
        launcher.snapshot(target)
        return {}
    if operation == 'tree_changed':
        return {'changed': launcher.tree_changed(header['sinceNs'])}
    launcher.become_agent()
    if operation == 'write':
        return write_file(header['path'], body, header['executable'])
    if launcher.hides(header['path']):
        return {'problem': 'missing'}
    return read_file(header['path'], header['maxBytes'], target)


# -- in the supervisor


class FileJob:
    """A child that reads, writes or packs files; `target` gets content, `report` a JSON object that says how it went."""

    def __init__(self, pid, target, report):
        self.pid, self.target, self.report = pid, target, report
        self.deadline = None
        # Who waits for its end. A writing under an id may be asked for again while it is under way.
        self.requests = []

    def close(self):
        self.target.close()
        self.report.close()


def unnamed_report():
    """Kept in memory, so that it can still say that the disk is full."""
    return open(unnamed_memory('report'), 'r+b', buffering=0)


def fork_file_job(launcher, body):
    """`body(target, report)` runs in the child; where none can be started, nothing stays open."""
    job = FileJob(None, launcher.unnamed_file(), unnamed_report())
    try:
        job.pid = fork_child(lambda: body(job.target, job.report))
    except OSError:
        job.close()
        raise
    return job


class FileJobs:
    def __init__(self, launcher, answers, kill):
        self.launcher, self.answers, self.kill = launcher, answers, kill
        self.running = {}
        # By their ids: what came of those that have ended, the job of those under way.
        self.writings = {}

    def write(self, request):
        """A writing with an id is done once: who repeats it learns what came of it."""
        writing = request.header['id']
        if writing is None:
            self.start(request)
        elif writing in self.writings:
            self.find_writing(request)
        else:
            self.writings[writing] = self.start(request)

    def find_writing(self, request):
        known = self.writings.get(request.header['id'], {'unknown': True})
        if isinstance(known, FileJob):
            known.requests.append(request)
        else:
            self.answers.reply(request, known)

    def start(self, request):
        job = self.launcher.start_file_job(request.operation, request.header, request.body)
        seconds = SNAPSHOT_SECONDS if request.operation == 'snapshot' else FILE_ACCESS_SECONDS
        job.requests, job.deadline = [request], time.monotonic() + seconds
        self.running[job.pid] = job
        return job

    def note_end(self, pid, status):
        job = self.running.pop(pid, None)
        if job is None:
            return
        try:
            outcome = read_report(job, status)
            self.keep_writing(job, outcome)
            size = os.fstat(job.target.fileno()).st_size
            for request in job.requests:
                self.answers.reply(request, outcome, FilePart(job.target.fileno(), 0, size))
        finally:
            job.close()

    def keep_writing(self, job, outcome):
        writing = job.requests[0].header.get('id')
        if self.writings.get(writing) is not job:
            return
        if 'error' in outcome:
            del self.writings[writing]  # Nobody knows what it did, so it may be done again.
        else:
            self.writings[writing] = outcome

    def next_moment(self):
        return min((job.deadline for job in self.running.values()), default=None)

    def look_at_the_clock(self, now):
        for job in self.running.values():
            if now >= job.deadline:
                job.deadline = now + KILL_AGAIN_SECONDS
                self.kill(job.pid)

    def end_all(self):
        for job in self.running.values():
            self.kill(job.pid)


def read_report(job, status):
    text = os.pread(job.report.fileno(), MAX_REPORT_BYTES, 0)
    try:
        return json.loads(text)
    except ValueError:
        return {'error': f'the child ended with wait status {status} and the report {text[:200]!r}'}
