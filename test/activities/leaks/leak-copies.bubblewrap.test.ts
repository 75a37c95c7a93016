import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readImage } from '../../../src/activities/leaks/kept-image-index.ts';
import { buildSolverTree, type SolverTree } from '../../../src/activities/leaks/solver-tree.ts';
import { wipeHistory } from '../../../src/activities/tree/history-wipe.ts';
import type { ImageIndex } from '../../../src/domain/leaks/image-index.ts';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import type { Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { changed, diffBetween, writeTree } from '../../support/artifact-fixture.ts';
import { aSandbox, output } from '../../sandbox/contract-host.ts';
import { BUGGY, PROJECT, SECRET } from './leak-project.ts';

const signal = new AbortController().signal;

let directory: string;
let sandboxes: Sandboxes;
let sandbox: Sandbox;
let index: ImageIndex;
let tree: SolverTree;

/** Every kind of second copy: in the tree, in the home, and in /tmp. Names and contents are what real tools leave. */
const PLANT = `
set -e
tar -cf /tmp/original.tar calc web
mkdir -p .venv/lib/python3.11/site-packages build/lib dist htmlcov clone
touch .venv/pyvenv.cfg
cp -r calc .venv/lib/python3.11/site-packages/; cp -r calc build/lib/
python3 -m py_compile calc/ranges.py
sed 's/margin/edge/' calc/ranges.py > calc/ranges.py.orig
sed 's/margin/brim/' calc/ranges.py > 'calc/#ranges.py#'
sed 's/margin/verge/' calc/ranges.py > calc/ranges.py~
python3 - <<'PROGRAM'
import base64, gzip, html, io, json, os, tarfile, zipfile
text, script = open('calc/ranges.py').read(), open('web/clamp.js').read()
source_map = json.dumps({'version': 3, 'sources': ['../web/clamp.js'], 'sourcesContent': [script], 'mappings': 'AAAA'})
open('dist/app.js.map', 'w').write(source_map)
inline = base64.b64encode(source_map.encode()).decode()
open('dist/inline.js', 'w').write('var a;\\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,' + inline + '\\n')
lines = (f'<p id="t{n}"><span class="n">{n}</span><span class="t">{html.escape(line)}</span></p>' for n, line in enumerate(text.split('\\n'), 1))
open('htmlcov/calc_ranges_py.html', 'w').write('<html><body>' + '\\n'.join(lines) + '</body></html>')
open('calc/.ranges.py.swp', 'wb').write(b'b0VIM 9.0' + bytes(4000) + b'\\0'.join(line.encode() for line in reversed(text.split('\\n'))) + b'\\0')
home = os.path.expanduser('~')
wheel = io.BytesIO()
with zipfile.ZipFile(wheel, 'w', zipfile.ZIP_DEFLATED) as archive:
    archive.writestr('calc/ranges.py', text)
packed = io.BytesIO()
with tarfile.open(fileobj=packed, mode='w:gz') as archive:
    archive.add('web', 'package/web')
def keep(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'wb').write(content)
keep(home + '/.cache/pip/wheels/ab/calc-1.0-py3-none-any.whl', wheel.getvalue())
keep(home + '/.cache/pip/http/a/b/c', b'cc=4,\\x82\\xa8response' + bytes(40) + wheel.getvalue())
keep(home + '/.npm/_cacache/content-v2/sha512/aa/bb/cc', packed.getvalue())
keep(home + '/go/pkg/mod/cache/download/calc/v1.zip', wheel.getvalue())
def deb(*members):
    return b'!<arch>\\n' + b''.join(
        f'{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}\`\\n'.encode() + data + b'\\n' * (len(data) % 2) for name, data in members)
keep(home + '/cache/calc.deb', deb(('debian-binary', b'2.0\\n'), ('data.tar.gz', packed.getvalue())))
keep(home + '/damaged/cut.tgz', packed.getvalue()[:-12])
keep(home + '/damaged/cut.gz', gzip.compress((text + 'x = 1\\n' * 9).encode())[:-9])
keep(home + '/damaged/not.gz', b'\\x1f\\x8b' + text.encode())
keep(home + '/.bash_history', ('cat > ranges.py <<E\\n' + text + 'E\\n').encode())
keep(home + '/notes/unrelated.py', b'def f(reading):\\n    if reading is None:\\n        return False\\n    return True\\n')
keep(home + '/shut/deep/ranges.txt', text.encode())
PROGRAM
diff -u calc/ranges.py <(grep -v tolerance: calc/ranges.py) > /tmp/undo.patch || true
git config --global user.name x; git config --global user.email x@y; git config --global init.defaultBranch main
git init -q; git add calc/*.py web; git commit -qm one
git clone -q . clone; git clone -q --bare . ~/mirror; git gc -q
cp .git/objects/pack/*.pack /tmp/objects.bin; git bundle create -q /tmp/all --all
git clone -q --bare . hidden
git -C ~/mirror gc -q; git init -q /tmp/new; git -C /tmp/new unpack-objects -q < "$(ls ~/mirror/objects/pack/*.pack)"
git init -q /tmp/old; cd /tmp/old; echo old > x; git add x; git commit -qm old; cd /repo
git init -q --object-format=sha256 ~/sha256; mkdir ~/sha256/calc; cp calc/ranges.py ~/sha256/calc; git -C ~/sha256 add .
mkdir ~/stores; cp -r /tmp/new/.git/objects ~/stores/loose; cp -r /tmp/old/.git/objects ~/stores/shared
cp -r /tmp/old/.git/objects ~/stores/unrelated; rm -rf /tmp/new /tmp/old
mkdir -p ~/stores/hashes/ab; echo '{"no": "object"}' > ~/stores/hashes/ab/$(printf '0%.0s' $(seq 38))
printf '# shared\\n../../../home/agent/stores/shared\\n/nowhere\\n"/no\\\\qwhere"\\n' > .git/objects/info/alternates
mkdir -p ~/checkout/.svn/pristine/aa; touch ~/checkout/.svn/wc.db; cp calc/ranges.py ~/checkout/.svn/pristine/aa/aa.svn-base
git init -q ~/manager; cd ~/manager; echo unrelated > file; git add file; git commit -qm other
chmod 000 ~/shut/*/ranges.txt ~/shut/deep ~/shut
`;

const REMOVED = [
  '/repo/calc/__pycache__',
  '/repo/calc/ranges.py.orig',
  '/repo/calc/#ranges.py#',
  '/repo/calc/ranges.py~',
  '/repo/calc/.ranges.py.swp',
  '/repo/dist/app.js.map',
  '/repo/dist/inline.js',
  '/repo/htmlcov/calc_ranges_py.html',
  '/repo/hidden',
  '/home/agent/.cache/pip/wheels/ab/calc-1.0-py3-none-any.whl',
  '/home/agent/.cache/pip/http/a/b/c',
  '/home/agent/.npm/_cacache/content-v2/sha512/aa/bb/cc',
  '/home/agent/go/pkg/mod/cache/download/calc/v1.zip',
  '/home/agent/.bash_history',
  '/home/agent/mirror',
  '/home/agent/checkout/.svn',
  '/home/agent/cache/calc.deb',
  '/home/agent/damaged/cut.tgz',
  '/home/agent/damaged/cut.gz',
  '/home/agent/damaged/not.gz',
  '/home/agent/stores/loose',
  '/home/agent/stores/shared',
  '/home/agent/sha256/.git',
  '/tmp/original.tar',
  '/tmp/undo.patch',
  '/tmp/objects.bin',
  '/tmp/all',
];

const OVERWRITTEN = [
  '/repo/.venv/lib/python3.11/site-packages/calc/ranges.py',
  '/repo/build/lib/calc/ranges.py',
  '/repo/clone/calc/ranges.py',
  '/home/agent/shut/deep/ranges.txt',
  '/home/agent/sha256/calc/ranges.py',
];

const UNTOUCHED = [
  '/repo/calc/limits.py',
  '/repo/build/lib/calc/limits.py',
  '/home/agent/notes/unrelated.py',
  '/home/agent/manager/.git',
  '/home/agent/stores/unrelated',
  '/home/agent/stores/hashes',
];

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'selfplay-leaks-'));
  writeTree(path.join(directory, 'source'), PROJECT);
  sandboxes = createBubblewrapSandboxes({ stateDir: path.join(directory, 'state') });
  sandbox = await sandboxes.create(
    aSandbox({ source: { kind: 'directory', directory: path.join(directory, 'source') } }),
  );
  const planted = await sandbox.run({
    id: 'plant',
    argv: ['bash', '-c', PLANT],
    timeoutMs: 60_000,
    outputCapBytes: 65_536,
  });
  if (planted.exitCode !== 0) throw new Error(Buffer.from(planted.stdout.head).toString());
  index = await readImage(sandbox, { name: 'project', hostDirectories: ['/usr'], signal });
  const diff = diffBetween(path.join(directory, 'scratch'), PROJECT, changed(PROJECT, BUGGY));
  // A fresh sandbox of the image has the permissions that the image has.
  await output(sandbox, 'chmod 000 ~/shut/deep/ranges.txt ~/shut/deep ~/shut');
  tree = await buildSolverTree(sandbox, { index, diffs: [{ name: 'bug', diff }], signal });
});

afterAll(async () => {
  await sandbox.destroy();
  await sandboxes.close();
  rmSync(directory, { recursive: true, force: true });
});

const remedyOf = (place: string) =>
  tree.built ? tree.remedies.find((remedy) => remedy.path === place)?.remedy : tree.problem;

describe("second copies in a solver's sandbox", () => {
  it.each(REMOVED)('removes %s', async (place) => {
    expect(remedyOf(place)).toBe('remove');
    expect(await output(sandbox, `[ -e '${place}' ] && echo there || echo gone`)).toBe('gone');
  });

  it.each(OVERWRITTEN)('gives %s the buggy text', async (place) => {
    expect(remedyOf(place)).toBe('overwrite');
    expect(await output(sandbox, `chmod u+r '${place}'; cat '${place}'`)).toBe(BUGGY['calc/ranges.py'].trimEnd());
  });

  it.each(UNTOUCHED)('leaves %s as it is', async (place) => {
    expect(remedyOf(place)).toBeUndefined();
    expect(await output(sandbox, `[ -e '${place}' ] && echo there`)).toBe('there');
  });

  it('finds nothing else, and after it the text is nowhere to be read', async () => {
    expect(tree.built && tree.remedies.map((remedy) => remedy.path).sort()).toEqual(
      [...REMOVED, ...OVERWRITTEN, '/repo/clone/web/clamp.js'].sort(),
    );
    expect((await wipeHistory(sandbox)).wiped).toBe(true);
    expect(await output(sandbox, `grep -rlaF '${SECRET}' /repo /home /tmp | grep -v __none__ || true`)).toBe('');
  });
});
