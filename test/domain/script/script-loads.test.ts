import { expect, it } from 'vitest';
import {
  foreignLoads as foreignLoadsOf,
  scriptLoads as loadsOf,
  type ScriptLoad,
  type SeenLoad,
} from '../../../src/domain/script/script-loads.ts';
import { UNREADABLE } from '../../../src/domain/script/shell-script.ts';
import { readShell } from '../../../src/syntax/shell-script.ts';

const scriptLoads = (script: string) => loadsOf(readShell(script));
const foreignLoads = (script: string, seen?: readonly SeenLoad[]) => foreignLoadsOf(readShell(script), seen);
const named = (script: string) => scriptLoads(script).map(({ kind, name }) => `${kind} ${name}`);

it.each([
  ['export PYTHONPATH=/tmp/site PYTEST_ADDOPTS="-p plug"\npytest -q', ['folder /tmp/site', 'python-module plug']],
  ['PYTEST_PLUGINS=one,two python3 -m pytest', ['python-module one', 'python-module two']],
  ['python3 -m pytest -v \\\n  -p plug tests', ['python-module plug']],
  ['pytest -pplug', ['python-module plug']],
  ['name=plug\npytest -p "$name" tests', ['python-module plug']],
  ['ARGS=(-p plug)\npython3 -m pytest "${ARGS[@]}"', ['python-module plug']],
  ['site=$(mktemp -d)\nPYTHONPATH="$site:$PYTHONPATH" pytest', ['folder $(...)']],
  ['dir=/tmp/site; for place in $dir; do PYTHONPATH=$place pytest; done', ['folder /tmp/site']],
  ['PYTHONPATH=${TMPDIR:-/tmp}/x pytest', ['folder /tmp/x']],
  ['mkdir -p site && cp x.py site/ && PYTHONPATH=site pytest', ['folder site']],
  ['pytest -o pythonpath=/tmp/site', ['folder /tmp/site']],
  ['cat > tests/conftest.py <<END\nEND\npytest', ['file tests/conftest.py']],
  ['pytest -c /tmp/settings.ini', ['file /tmp/settings.ini']],
  ['npx jest --config=/tmp/x.json', ['file /tmp/x.json']],
  ['node --require /tmp/patch.js node_modules/.bin/mocha', ['node-module /tmp/patch.js']],
  ['npx mocha -r ./patch --reporter tap test', ['node-module ./patch']],
  ['node --import=tsx --test test/*.ts', ['node-module tsx']],
  ["export NODE_OPTIONS='--max-old-space-size=512 --require /tmp/hook.js'", ['node-module /tmp/hook.js']],
  ['sh -c "PYTHONPATH=/tmp/site pytest"', ['folder /tmp/site']],
  ['env "PYTHONPATH=/tmp/site" pytest', ['folder /tmp/site']],
  ['PYTHONPATH=/tmp/"si"te pytest -"p" \'plug\'', ['folder /tmp/site', 'python-module plug']],
  ['where=/tmp/site\nrun() {\n  PYTHONPATH=$where "$@"\n}\nrun pytest', ['folder /tmp/site']],
  ['if true; then PYTHONPATH=/tmp/site pytest', ['folder /tmp/site']],
  ['python3 - > tests/conftest.py <<END\nprint(1)\nEND', ['file tests/conftest.py']],
])('reads what is loaded by %j', (script, loads) => {
  expect(named(script)).toEqual(loads);
});

it.each([
  'PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=src python3 -m pytest -p no:cacheprovider tests',
  'export PYTHONPATH="src:lib:$PYTHONPATH"\npytest -pno:cacheprovider -q',
  'PYTHONPATH=. python3 -m unittest -v',
  'mkdir -p build && pytest -q; go test -p 1 ./...',
  'node -p "process.version"\npytest',
  'grep -r pattern test && npx vitest run --reporter verbose',
  'if [ -f jest.config.js ]; then npx jest; fi',
  'rm -rf dist; sort -r log; while read -r line; do echo "$line"; done; node test/all.js',
  'PYTHONPATH=${PYTHONPATH:+$PYTHONPATH} pytest',
  '[ -d src ] && export PYTHONPATH=src\npytest',
  'if test -d "src"; then export PYTHONPATH=src:$PYTHONPATH; fi\npytest',
  '# PYTHONPATH=/tmp/site pytest -p plug -c x.ini',
  "cat <<'END'\npytest -p plug\nPYTHONPATH=/tmp/site\nEND\npytest",
  'NODE_OPTIONS=--experimental-vm-modules npx jest',
])('finds nothing strange in %j', (script) => {
  expect(foreignLoads(script)).toEqual([]);
});

it.each([
  '[ -d src ] || cp -r /opt/x src\nPYTHONPATH=src pytest',
  'PYTHONPATH=src python3 -c \'os.mkdir("src")\'',
  'test -d src; mkdir src && PYTHONPATH=src pytest',
])('sees a folder that is made behind a look at it in %j', (script) => {
  expect(foreignLoads(script)).toEqual(['src']);
});

it('takes the root of the tree for a folder of it, however it is written', () => {
  for (const root of ['$PWD', '$(pwd)', '${PWD}', '$(git rev-parse --show-toplevel)', '$(cd "$(dirname "$0")" && pwd)'])
    expect(named(`export PYTHONPATH="${root}/src"\npytest`)).toEqual(['folder ./src']);
});

it('names what the image does not hold, and what was not looked for', () => {
  const script = 'PYTHONPATH=/opt/lib pytest -p xdist -p plug';
  const seen = [
    { kind: 'folder', name: '/opt/lib', held: true },
    { kind: 'python-module', name: 'xdist', held: true },
    { kind: 'python-module', name: 'plug', held: false },
  ] as const;
  expect(foreignLoads(script, seen)).toEqual(['plug']);
  expect(foreignLoads(script)).toEqual(['/opt/lib', 'xdist', 'plug']);
});

const many = (count: number, prefix: string) => Array.from({ length: count }, (_, number) => `${prefix}${number}`);
const held = (loads: readonly ScriptLoad[]) => loads.map((load) => ({ ...load, held: true }));

it('names everything that a script loads, however much it is', () => {
  const script = `PYTHONPATH=${many(100, 'a').join(':')} pytest -p evil`;
  expect(named(script)).toHaveLength(101);
  expect(foreignLoads(script, held(scriptLoads(script).slice(0, 100)))).toEqual(['evil']);
});

it.each([
  ['a long value', `PYTHONPATH="${'./'.repeat(2000)}src:/tmp/x" pytest`, '/tmp/x'],
  ['a value with a line end that is no end of a line', 'PYTHONPATH="\\\u2028:/tmp/x" pytest', '/tmp/x'],
  ['a long value that is put in', `A=${'a'.repeat(5000)}\nPYTHONPATH=$A:/tmp/x pytest`, '/tmp/x'],
  ['the end of a long loop', `for d in ${'a '.repeat(1500)}/tmp/x; do PYTHONPATH=$d pytest; done`, '/tmp/x'],
  ['what a quote before it seems to hold', `env "b=" PYTHONPATH=/tmp/x pytest -k ""`, '/tmp/x'],
  ['what a comment seems to hold', `# a="\nPYTHONPATH=/tmp/x pytest\n# "`, '/tmp/x'],
  ['a plug-in after many blanks', `pytest -p${' '.repeat(50)}plug`, 'plug'],
  ['a configuration after many options', `pytest ${'-q '.repeat(200)}-c /tmp/settings.ini`, '/tmp/settings.ini'],
])('reads %s', (_, script, name) => {
  expect(foreignLoads(script)).toContain(name);
});

it('takes a value that grows beyond all bounds for one that cannot be read', () => {
  const doubling = many(12, 'v').map((name, number) => `${name}=${`$v${number + 1}`.repeat(8)}`);
  const script = `${doubling.join('\n')}\nv12=${'x'.repeat(5000)}\n`;
  for (const use of ['PYTHONPATH=$v9 pytest', 'PYTEST_ADDOPTS=$v9 pytest', 'PYTEST_PLUGINS=$v9 pytest'])
    expect(foreignLoads(`${script}${use}`)).toEqual([UNREADABLE]);
});

it.each([
  ['quotes that are never closed', 'PYTHONPATH="\\"'],
  ['folders', 'PYTHONPATH=a/$b:'],
  ['plug-ins', 'pytest -p '],
  ['folders of Python', 'sys.path.insert('],
  ['options', 'pytest -c -p'],
  ['slashes', 'PYTHONPATH=////'],
])('comes to the end of the largest script of %s', (_, text) => {
  expect(foreignLoads(text.repeat(Math.floor((64 * 1024) / text.length)))).toBeInstanceOf(Array);
});
