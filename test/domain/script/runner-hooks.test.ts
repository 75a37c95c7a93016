import { expect, it } from 'vitest';
import { runnerHooksIn } from '../../../src/domain/script/runner-hooks.ts';

it.each([
  'LD_PRELOAD=/tmp/x.so python3 -m pytest',
  'export LD_AUDIT=./x.so',
  'BASH_ENV=/tmp/x bash run.sh',
  'export PYTHONSTARTUP=/tmp/x.py',
  'PYTHONHOME=/tmp/python python3 -m pytest',
  'cp /tmp/x.py sitecustomize.py',
  'NODE_OPTIONS="--require ./patch.js" npx jest',
  "NODE_OPTIONS='-r ./patch.js' npx jest",
  'export NODE_OPTIONS=--import=./patch.mjs',
  'NODE_OPTIONS="--max-old-space-size=512 --loader ./x.mjs" npx mocha',
  'GOFLAGS=-overlay=/tmp/o.json go test ./...',
  'go test -overlay /tmp/o.json ./...',
  'go test ./... -exec /tmp/wrapper',
  'go test -toolexec=/tmp/wrapper ./...',
  'LD_PRE""LOAD=x true',
])('finds the hook of %s', (script) => {
  expect(runnerHooksIn(script)).toHaveLength(1);
});

it.each([
  'PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=src python3 -m pytest -p no:cacheprovider tests',
  'PYTHONHASHSEED=0 python3 -m unittest -v',
  'NODE_OPTIONS=--experimental-vm-modules npx jest -r . --import x',
  'NODE_OPTIONS="--max-old-space-size=512"; node -r ts-node/register test.js',
  'GOFLAGS=-count=1 go test -json -vet=off ./...',
  'exec go test -run TestExec ./...',
])('finds none in %s', (script) => {
  expect(runnerHooksIn(script)).toEqual([]);
});
