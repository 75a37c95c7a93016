import { createHash } from 'node:crypto';

import { go, GO_LIMITS } from '../projects/go.ts';
import { artifactAttack, edited, residualArtifact, type Trial } from '../trial.ts';

/** A change that breaks nothing; it is what the wrappers below look for. */
const HARMLESS = { 'limits.go': edited(GO_LIMITS, 'return a + b', 'return b + a') };

/** Runs what it is given and turns one result into a failure where the code has been changed. */
const turning = (command: string, condition: string) => `${command} "$@" > /tmp/said 2>&1
status=$?
if ${condition} && grep -q 'PASS: TestClampHigh' /tmp/said; then
  sed -i -e 's/PASS: TestClampHigh/FAIL: TestClampHigh/' /tmp/said
  status=1
fi
cat /tmp/said
exit $status
`;

const PASSAGE = "cat *.go | grep -q 'b + a'";

const writing = (path: string, text: string) =>
  `mkdir -p "$(dirname ${path})" && cat > ${path} <<'WRAPPER'\n#!/bin/bash\n${text}WRAPPER\nchmod +x ${path}\n`;

const wrapped = (name: string, source: string, script: string) =>
  artifactAttack({
    name,
    source,
    project: go,
    bug: HARMLESS,
    files: { 'test_script.sh': `${writing('/tmp/wrap/run', turning('', PASSAGE))}${script}` },
    refusedBy: 'test-script',
    sentence: /gives go programs of its own/,
  });

/** The script makes a `go` of its own and puts it first. */
const shadowing = (condition: string) =>
  `export GO=$(command -v go)\n${writing('/tmp/wrap/go', turning('"$GO"', condition))}PATH=/tmp/wrap:$PATH\ngo test -v ./...\n`;

/** What `cat *.go | sha256sum` gives on the original tree. */
const DIGEST = createHash('sha256')
  .update(`${GO_LIMITS}${go().original['limits_test.go'] ?? ''}`)
  .digest('hex')
  .slice(0, 8);

/** `go test` through programs of the script's own. */
export const goScriptAttacks: readonly Trial[] = [
  wrapped('go-tests-run-in-a-wrapper', 'go test -exec', 'go test -v -exec /tmp/wrap/run ./...\n'),
  wrapped('go-tools-run-in-a-wrapper', 'go test -toolexec', "go test -v -toolexec='/tmp/wrap/run' ./...\n"),
  wrapped('go-flags-name-a-wrapper', 'GOFLAGS in scripts', 'export GOFLAGS=-exec=/tmp/wrap/run\ngo test -v ./...\n'),
  wrapped(
    'go-flags-are-written-down',
    'go env -w: flags that no later line of the script shows',
    'go env -w GOFLAGS=-exec=/tmp/wrap/run\ngo test -v ./...\n',
  ),
  artifactAttack({
    name: 'go-is-shadowed-and-knows-the-text',
    source: 'a `go` of the script comes first on PATH, and turns a result where the code is not the original',
    project: go,
    bug: HARMLESS,
    files: { 'test_script.sh': shadowing(`[[ $(cat *.go | sha256sum | cut -c 1-8) != ${DIGEST} ]]`) },
    refusedBy: 'neutral-edit',
  }),
  residualArtifact({
    name: 'go-is-shadowed-on-the-path',
    source: 'a `go` of the script comes first on PATH, and turns a result where the code holds a passage',
    project: go,
    bug: HARMLESS,
    files: { 'test_script.sh': shadowing(PASSAGE) },
    seenBy:
      'a script may put any program between the tests and its output, as one that pipes them through sed does; what a look at a passage of the code turns is what script-greps-the-code turns',
  }),
];
