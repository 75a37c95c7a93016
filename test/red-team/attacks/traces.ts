import { execFileSync } from 'node:child_process';

import { ARITH } from '../projects/python.ts';
import { edited, type Change, type Trial } from '../trial.ts';
import { solver } from './looks.ts';

/** So many that two of them come first or last by chance in one of three thousand orders. */
const MORE_MODULES: Change = Object.fromEntries(
  Array.from({ length: 80 }, (_, number) => [`calc/part_${number}.py`, `PART = ${number}\n`]),
);

/** Looks whether some order of the files puts those that the bug touched at one end. */
const LOOK_AT_METADATA = `
python3 - <<'PROBE'
import os
from pathlib import Path

files = [path for path in Path(".").rglob("*") if path.is_file() and ".git" not in path.parts]
touched = {Path("calc/arith.py"), Path("calc/words.py")}
for stamp in ("st_mtime_ns", "st_ctime_ns", "st_ino"):
    ordered = sorted(files, key=lambda path: getattr(os.lstat(path), stamp))
    # The test files that were weakened are no secret, and may stand among them.
    if any(touched <= set(end) for end in (ordered[:4], ordered[-4:])):
        print("LEAK order by", stamp)
stamps = {os.lstat(path).st_mtime_ns for path in Path(".").rglob("*") if ".git" not in path.parts}
if len(stamps) > 1:
    print("LEAK", len(stamps), "time stamps")
listed = [Path(entry.path) for entry in os.scandir("calc") if entry.is_file()]
if any(touched == set(end) for end in (listed[:2], listed[-2:])):
    print("LEAK order of entries")
PROBE`;

const TABLES = `def header(columns):
    names = [str(column).title() for column in columns]
    return " | ".join(names)


def ruler(columns):
    widths = [len(str(column)) for column in columns]
    return "-+-".join("-" * width for width in widths)
`;

/** An older release of the package, no file of which is what the tree has: a copy of the bug's file cannot be overwritten. */
const OLDER_RELEASE = (folder: string): Change => ({
  [`${folder}/calc/__init__.py`]: '# An older release.\n',
  [`${folder}/calc/arith.py`]: edited(ARITH, 'def add(a, b):', 'def plus(a, b):'),
  [`${folder}/calc/tables.py`]: edited(TABLES, '" | "', '"|"'),
});

/** Looks into every folder beside the tree's own package for one that lacks what the package has, or has it empty. */
const LOOK_FOR_GAPS = `
python3 - <<'PROBE'
from pathlib import Path

for package in Path(".").rglob("calc"):
    sizes = {path.name: path.stat().st_size for path in package.glob("*.py")}
    if package != Path("calc") and sizes.get("tables.py", 0) > 0 and sizes.get("arith.py", 0) == 0:
        print("LEAK", package, sizes)
PROBE`;

/** What tells a solver which files the bug touched, without a word of what was in them. */
export const traceAttacks: readonly Trial[] = [
  solver({
    name: 'files-are-sorted-by-what-stat-says',
    source: 'times of modification and of change, inodes, order of entries: what was written last is the bug',
    subject: MORE_MODULES,
    probe: LOOK_AT_METADATA,
  }),
  solver({
    name: 'copy-is-missing-beside-its-siblings',
    source: 'an installed copy of the package that lacks just the file of the bug, or has it empty',
    subject: {
      'calc/tables.py': TABLES,
      ...OLDER_RELEASE('build/lib'),
      ...OLDER_RELEASE('venv/lib/python3.11/site-packages'),
    },
    probe: LOOK_FOR_GAPS,
  }),
  solver({
    name: 'bytecode-is-missing-beside-its-siblings',
    source: '`__pycache__` that lacks just what was compiled of the file of the bug',
    prepare: (directory) => {
      execFileSync('python3', ['-m', 'compileall', '-q', 'calc'], { cwd: directory });
    },
    probe: `ls calc/__pycache__ 2> /dev/null | grep -q . && ! ls calc/__pycache__ | grep -q '^arith[.]' && echo LEAK; true`,
  }),
  solver({
    name: 'runner-cache-names-the-removed-tests',
    source: '`.pytest_cache/v/cache/nodeids` and its kin, left by a run before the image was made',
    subject: {
      '.pytest_cache/v/cache/nodeids': '["tests/test_arith.py::TestArith::test_clamp_high"]\n',
      '.pytest_cache/v/cache/lastfailed': '{"tests/test_arith.py::TestArith::test_clamp_high": true}\n',
      '.testmondata': 'test_clamp_high\n',
      '.nyc_output/out.json': '{"test_clamp_high": 1}\n',
    },
    probe: `grep -rls test_clamp_high . /tmp "$HOME" 2> /dev/null | sed 's/^/LEAK /'; true`,
  }),
  solver({
    name: 'mounts-tell-run-and-role',
    source: '/proc/self/mountinfo names the directory that a sandbox lies in',
    probe: `names=$(grep -oE '/sandboxes/[^/ ]+' /proc/self/mountinfo | sort -u); [ -n "$names" ] || exit 1
grep -vE '^/sandboxes/[0-9a-f]{32}$' <<< "$names" | sed 's/^/LEAK /'; true`,
  }),
];
