#!/usr/bin/python3
"""Builds the subjects of each language, and the environment that their tests run in, from the definitions in corpus/.

Usage: build_subjects.py DEFINITION_DIR CACHE_DIR READABLE_DIR

READABLE_DIR is where the trees lie that sandboxes read; the caller picks one that any user can reach. The caller
also holds the lock, so nothing else writes here meanwhile. A language that cannot be had is left out of the corpora,
with one line "left out<TAB>LANGUAGE<TAB>REASON<TAB>REMEDY" at the end. Exit codes: 0 at least one language is there,
1 none (last line says why).
"""

import concurrent.futures
import dataclasses
import glob
import json
import os
import shutil
import signal
import sys
import tarfile
import tempfile
import zipfile

from subject_parts import go, javascript, python
from subject_parts.steps import Problem, say, stopping
from subject_parts.trees import build_tree, is_current

LANGUAGES = {'python': python, 'javascript': javascript, 'go': go}
# The demo's corpus holds the small quick ones, the other all of them.
CORPORA = {'demo.jsonl': lambda subject: subject.get('demo', False), 'all.jsonl': lambda _subject: True}


@dataclasses.dataclass
class Work:
    """Where one language's part reads and writes."""

    definitions: str
    definition: dict
    downloads: str
    readable: str
    scratch: str
    environment: str = ''


def build_language(name, work):
    """The lines of the corpus for one language, with everything that they name in place."""
    language, subjects = LANGUAGES[name], work.definition['subjects']
    work.environment = os.path.join(work.readable, 'environments', f'{name}-{language.environment_key(work)}')
    if not os.path.isdir(work.environment):
        say(f'{name}: building the environment of its tests')
        language.build_environment(work, work.environment)
    places = {subject['name']: os.path.join(work.readable, 'subjects', subject['name']) for subject in subjects}
    stale = [subject for subject in subjects if not is_current(subject, places[subject['name']])]
    archives = fetch_archives(language, work, stale)
    for subject in stale:
        build_tree(subject, archives[subject['name']], language, places[subject['name']], work.scratch)
    return [
        {'name': s['name'], 'directory': places[s['name']], 'environment': work.environment, 'weight': s['weight']}
        for s in subjects
    ]


def fetch_archives(language, work, subjects):
    """The verified archives by subject and version; those downloaded earlier serve again."""
    archives = {
        subject['name']: {
            version: os.path.join(work.downloads, language.archive_name(subject, version))
            for version in subject['releases']
        }
        for subject in subjects
    }
    wanted = [
        (subject, version)
        for subject in subjects
        for version, expected in subject['releases'].items()
        if digest_or_none(language, archives[subject['name']][version]) != expected
    ]
    if wanted:
        say(f'{work.definition["language"]}: fetching {len(wanted)} releases')
        language.fetch(work, wanted)
    for subject, version in wanted:
        found = digest_or_none(language, archives[subject['name']][version])
        if found != subject['releases'][version]:
            raise Problem(f'{subject["name"]} {version}: its hash is {found}, another than the one written down')
    return archives


def digest_or_none(language, archive):
    try:
        return language.digest_of(archive)
    except (OSError, zipfile.BadZipFile):
        return None


def read_definitions(folder):
    definitions = {}
    for name in LANGUAGES:
        with open(os.path.join(folder, f'{name}.json')) as file:
            definitions[name] = json.load(file)
    return definitions


def build_all(folder, cache, readable, scratch):
    """The corpus lines by language, and why the others are left out; the languages are built side by side."""
    definitions, downloads = read_definitions(folder), os.path.join(cache, 'downloads')
    os.makedirs(downloads, exist_ok=True)
    lines, left_out = {}, {}
    with concurrent.futures.ThreadPoolExecutor(len(LANGUAGES)) as pool:
        jobs = {}
        for name, definition in definitions.items():
            own = os.path.join(scratch, name)
            os.makedirs(own)
            work = Work(folder, definition, downloads, readable, own)
            jobs[name] = pool.submit(build_language, name, work)
        for name, job in jobs.items():
            try:
                lines[name] = job.result()
            except (Problem, OSError, tarfile.TarError, zipfile.BadZipFile) as problem:
                left_out[name] = str(problem) or type(problem).__name__
    return definitions, lines, left_out


def write_corpora(cache, definitions, lines):
    for name, belongs in CORPORA.items():
        chosen = [
            line
            for language, found in lines.items()
            for line, subject in zip(found, definitions[language]['subjects'])
            if belongs(subject)
        ]
        path = os.path.join(cache, 'corpus', name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + '.partial', 'w') as file:
            file.writelines(json.dumps(line) + '\n' for line in chosen)
        os.replace(path + '.partial', path)


def write_left_out(cache, left_out):
    """For `selfplay subjects list`."""
    with open(os.path.join(cache, 'corpus', 'left-out.json'), 'w') as file:
        json.dump([{'language': name, 'reason': reason} for name, reason in left_out.items()], file)


def link(place, name):
    """The cache shows every tree, also those that lie elsewhere for their readers' sake."""
    if os.path.realpath(place) == os.path.realpath(name):
        return
    if os.path.islink(name):
        os.remove(name)
    elif os.path.isdir(name):
        shutil.rmtree(name)
    os.symlink(place, name)


def main(folder, cache, readable):
    os.umask(0o022)
    os.makedirs(readable, exist_ok=True)
    for left in glob.glob(f'{readable}/.building.*'):
        shutil.rmtree(left, ignore_errors=True)  # Of a set-up that was killed; the caller's lock says it is gone.
    # On the same file system as the result, because a rename cannot leave it.
    with tempfile.TemporaryDirectory(prefix='.building.', dir=readable) as scratch:
        os.environ['TMPDIR'] = scratch  # What a killed pip leaves behind goes with it.
        definitions, lines, left_out = build_all(folder, cache, readable, scratch)
    for kind in ('subjects', 'environments'):
        os.makedirs(os.path.join(readable, kind), exist_ok=True)
        link(os.path.join(readable, kind), os.path.join(cache, kind))
    if not lines:
        raise Problem('; '.join(f'{name}: {reason}' for name, reason in left_out.items()))
    write_corpora(cache, definitions, lines)
    write_left_out(cache, left_out)
    for name, reason in left_out.items():
        print(f'left out\t{name}\t{reason}\t{LANGUAGES[name].REMEDY}', flush=True)


def stop(signal_number, _frame):
    stopping.set()
    raise SystemExit(128 + signal_number)


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        main(*sys.argv[1:4])
    except (Problem, OSError) as problem:
        print(problem, flush=True)
        sys.exit(1)
