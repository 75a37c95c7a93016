import { expect, it } from 'vitest';
import { foreignLoads, scriptLoads } from '../../src/domain/script-loads.ts';

const named = (script: string) => scriptLoads(script).map(({ kind, name }) => `${kind} ${name}`);

it.each([
  ['export PYTHONPATH=/tmp/site PYTEST_ADDOPTS="-p plug"\npytest -q', ['folder /tmp/site', 'python-module plug']],
  ['PYTEST_PLUGINS=one,two python3 -m pytest', ['python-module one', 'python-module two']],
  ['python3 -m pytest -v \\\n  -p plug tests', ['python-module plug']],
  ['pytest -pplug', ['python-module plug']],
  ['name=plug\npytest -p "$name" tests', ['python-module $name']],
  [`python3 -c "import pytest; pytest.main(['-p', 'plug'])"`, ['python-module plug']],
  ['ARGS=(-p plug)\npython3 -m pytest "${ARGS[@]}"', ['python-module plug']],
  ['site=$(mktemp -d)\nPYTHONPATH="$site:$PYTHONPATH" pytest', ['folder $(mktemp']],
  ['dir=/tmp/site; for place in $dir; do PYTHONPATH=$place pytest; done', ['folder /tmp/site']],
  ['PYTHONPATH=${TMPDIR:-/tmp}/x pytest', ['folder /tmp/x']],
  ['mkdir -p site && cp x.py site/ && PYTHONPATH=site pytest', ['folder site']],
  ['pytest -o pythonpath=/tmp/site', ['folder /tmp/site']],
  ['python3 -c "import sys; sys.path.insert(0, \'/tmp/site\')"', ['folder /tmp/site']],
  ['cat > tests/conftest.py <<END\nEND\npytest', ['file tests/conftest.py']],
  ['pytest -c /tmp/settings.ini', ['file /tmp/settings.ini']],
  ['npx jest --config=/tmp/x.json', ['file /tmp/x.json']],
  ['node --require /tmp/patch.js node_modules/.bin/mocha', ['node-module /tmp/patch.js']],
  ['npx mocha -r ./patch --reporter tap test', ['node-module ./patch']],
  ['node --import=tsx --test test/*.ts', ['node-module tsx']],
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
])('finds nothing strange in %j', (script) => {
  expect(foreignLoads(script)).toEqual([]);
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
