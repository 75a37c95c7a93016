import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { git } from '../../support/artifact-fixture.ts';
import { ARITH, unittest } from '../projects/python.ts';
import { treeAttack, type Trial } from '../trial.ts';
import { commitAll, LOOK_EVERYWHERE, LOOK_INTO_GIT, solver } from './looks.ts';

/** Any copy inside of archives and compiled files. */
const LOOK_INSIDE = (name: string) => `
python3 - <<'PROBE'
import dis, glob, marshal, zipfile
for path in glob.glob(${JSON.stringify(name)}, recursive=True):
    data = open(path, "rb").read()
    texts = [data]
    if zipfile.is_zipfile(path):
        texts += [zipfile.ZipFile(path).read(entry) for entry in zipfile.ZipFile(path).namelist()]
    if path.endswith(".pyc"):
        def comparisons(code):
            inner = [comparisons(const) for const in code.co_consts if hasattr(const, "co_code")]
            return sum(inner) + sum(op.opname == "COMPARE_OP" for op in dis.get_instructions(code))
        texts.append(b"return high" if comparisons(marshal.loads(data[16:])) > 1 else b"")
    if any(b"return high" in text for text in texts):
        print("LEAK", path)
PROBE`;

/** What a solver, or an injector, must not find in its tree. */
export const treeAttacks: readonly Trial[] = [
  solver({
    name: 'history-shows-the-original',
    source: '#in-validation-and-grading: HEAD~1 is the bug; mini-swe-agent#787',
    prepare: commitAll,
    probe: LOOK_INTO_GIT,
  }),
  solver({
    name: 'reflog-and-stash-show-the-original',
    source: '#in-the-sandbox; SWE-bench#465',
    prepare: (directory) => {
      commitAll(directory);
      appendFileSync(join(directory, 'calc/arith.py'), '# return high\n');
      git(directory, 'stash', '-q');
      git(directory, 'tag', 'kept');
    },
    probe: LOOK_INTO_GIT,
  }),
  solver({
    name: 'packs-show-the-original',
    source: '#in-the-sandbox: promisor packs; pack files',
    prepare: (directory) => {
      commitAll(directory);
      git(directory, 'repack', '-adq');
      const pack = execFileSync('find', ['.git/objects/pack', '-name', '*.pack'], { cwd: directory, encoding: 'utf8' });
      writeFileSync(join(directory, `${pack.trim().replace('.pack', '')}.promisor`), '');
    },
    probe: LOOK_INTO_GIT,
  }),
  solver({
    name: 'another-repository-shows-the-original',
    source: '#in-the-sandbox: submodule git dirs, bare repositories under other names',
    prepare: (directory) => {
      commitAll(directory);
      mkdirSync(join(directory, 'backup'));
      renameSync(join(directory, '.git'), join(directory, 'backup/old'));
    },
    probe: LOOK_INTO_GIT,
  }),
  solver({
    name: 'git-file-points-elsewhere',
    source: '`.git` as a file',
    prepare: (directory) => {
      commitAll(directory);
      renameSync(join(directory, '.git'), join(directory, 'store'));
      writeFileSync(join(directory, '.git'), 'gitdir: store\n');
    },
    probe: LOOK_INTO_GIT,
  }),
  solver({
    name: 'installed-package-shows-the-original',
    source: '#grading: site-packages; #second-copies',
    subject: { 'venv/lib/python3.11/site-packages/calc/arith.py': ARITH },
    probe: LOOK_EVERYWHERE,
  }),
  solver({
    name: 'build-folder-shows-the-original',
    source: '#grading: build folders',
    subject: { 'build/lib/calc/arith.py': ARITH },
    probe: LOOK_EVERYWHERE,
  }),
  solver({
    name: 'editor-backup-shows-the-original',
    source: '#solvers-tree: editor backups',
    subject: { 'calc/arith.py~': ARITH, 'calc/arith.py.orig': ARITH, '.#cache/arith': ARITH },
    probe: LOOK_EVERYWHERE,
  }),
  solver({
    name: 'compiled-file-shows-the-original',
    source: '#grading: __pycache__',
    prepare: (directory) => {
      execFileSync('python3', ['-m', 'compileall', '-q', 'calc'], { cwd: directory });
    },
    probe: LOOK_INSIDE('calc/__pycache__/arith*.pyc'),
  }),
  solver({
    name: 'wheel-shows-the-original',
    source: '#grading: package caches',
    prepare: (directory) => {
      mkdirSync(join(directory, 'dist'));
      const code = 'import zipfile; zipfile.ZipFile("dist/calc-1.0-py3-none-any.whl", "w").write("calc/arith.py")';
      execFileSync('python3', ['-c', code], { cwd: directory });
    },
    probe: LOOK_INSIDE('dist/*.whl'),
  }),
  solver({
    name: 'source-map-shows-the-original',
    source: 'source maps hold whole sources',
    subject: {
      'dist/calc.js.map': JSON.stringify({ version: 3, sources: ['calc/arith.py'], sourcesContent: [ARITH] }),
    },
    probe: LOOK_EVERYWHERE,
  }),
  solver({
    name: 'script-and-parser-lie-about',
    source: '#grading: script and parser are not in the tree',
    probe: `grep -rIlsE 'unittest discover -v|json.dumps\\(results\\)' . /tmp /var/tmp /root /home /opt /srv 2> /dev/null | sed 's/^/LEAK /' | head -5
true`,
  }),
  treeAttack({
    name: 'uncommitted-changes-slip-into-the-bug',
    source: '#in-validation-and-grading: uncommitted changes of the image swept into the bug diff',
    project: unittest,
    role: 'injector',
    prepare: (directory) => {
      commitAll(directory);
      appendFileSync(join(directory, 'calc/words.py'), '# not committed\n');
      writeFileSync(join(directory, 'calc/new.py'), 'x = 1\n');
    },
    probe: `git -c safe.directory='*' status --porcelain | sed 's/^/LEAK /'`,
  }),
];
