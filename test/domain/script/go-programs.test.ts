import { expect, it } from 'vitest';

import { goProgramsIn } from '../../../src/domain/script/go-programs.ts';
import { readShell } from '../../../src/syntax/shell-script.ts';

it.each([
  ['GOFLAGS=-overlay=/tmp/o.json go test ./...', '-overlay'],
  ['export GOFLAGS="-count=1 -exec=/tmp/wrapper"', '-exec'],
  ['go env -w GOFLAGS=-exec=/tmp/wrapper', '-exec'],
  ['go test -overlay /tmp/o.json ./...', '-overlay'],
  ['go test ./... --exec /tmp/wrapper', '-exec'],
  ["/usr/bin/go test -tool''exec='/tmp/wrapper' ./...", '-toolexec'],
  ['go test \\\n  -modfile=/tmp/go.mod', '-modfile'],
  ['how=-exec=/tmp/wrapper; go test "$how" ./...', '-exec'],
  ['bash -c "cd x && go test -exec /tmp/wrapper"', '-exec'],
])('finds what go is given in %j', (script, flag) => {
  expect(goProgramsIn(readShell(script))).toEqual([flag]);
});

it.each([
  'GOFLAGS=-count=1 go test -json -vet=off ./...',
  'exec go test -run TestExec ./...',
  'docker run -exec x; go test ./...',
  "echo 'go test -exec x'\ngo test ./... # -exec x",
])('finds nothing in %j', (script) => {
  expect(goProgramsIn(readShell(script))).toEqual([]);
});
