import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Configuration } from '../../../src/config/configuration.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import { CHECKS } from '../../../src/domain/checks/checks.ts';
import { openLocalServices, type LocalServices } from '../../../src/workers/local-services.ts';
import {
  changed,
  CHANGES,
  createArtifactFixture,
  ORIGINAL,
  type ArtifactFixture,
  type ArtifactTexts,
  type Tree,
} from '../../support/artifact-fixture.ts';
import { aConfiguration } from '../../support/run-fixture.ts';

let fixture: ArtifactFixture;
let local: LocalServices;

beforeAll(async () => {
  fixture = createArtifactFixture();
  local = await openLocalServices({
    sandbox: 'bubblewrap',
    environment: readEnvironment({ SELFPLAY_HOME: `${fixture.directory}/home` }),
  });
});

afterAll(async () => {
  await local.close();
  fixture[Symbol.dispose]();
});

/** The verdict on the consistent artifact with some files changed. */
function validate(changes: Partial<ArtifactTexts> = {}, validation: Partial<Configuration['validation']> = {}) {
  const config = aConfiguration();
  return local.validate({
    subject: fixture.subject,
    artifactDirectory: fixture.write({ ...fixture.artifact, ...changes }),
    validation: { ...config.validation, ...validation },
    sandbox: config.sandbox,
    signal: new AbortController().signal,
    say: () => undefined,
  });
}

/** Bug and weakening made of changes of the original. */
function diffs(bug: Tree, weakening: Tree = CHANGES.withoutTestOfBug): Partial<ArtifactTexts> {
  const buggy = changed(ORIGINAL, bug);
  return {
    'bug_inject.diff': fixture.diff(ORIGINAL, buggy),
    'test_weaken.diff': fixture.diff(buggy, changed(buggy, weakening)),
  };
}

describe('a consistent artifact', () => {
  it('passes every check, each with its record', async () => {
    const { verdict, check, checks } = await validate();
    expect({ verdict, check }).toEqual({ verdict: 'consistent', check: null });
    expect(checks.map((record) => [record.check, record.verdict])).toEqual(CHECKS.map(({ name }) => [name, 'passed']));
    const validity = checks.find((record) => record.check === 'bug-validity');
    expect(JSON.parse(validity?.figures ?? '')).toMatchObject({
      failing: 1,
      passing: 7,
      failingTests: ['test_clamp_high (tests.test_arith.TestArith.test_clamp_high)'],
    });
    expect(validity?.logs).toHaveLength(4);
    // Comparing with the library means building the tree that solvers get.
    expect(checks.find((record) => record.check === 'near-duplicate')?.durationMs).toBeGreaterThan(0);
  });

  it('passes in the paper profile too when its weakening leaves the test there', async () => {
    const weakened = diffs(CHANGES.bug, CHANGES.withoutAssertionOfBug);
    expect(await validate(weakened, { profile: 'paper' })).toMatchObject({ verdict: 'consistent' });
  });
});

/** Looks at the code to see which state it is in, and says what would be expected of it. */
const PRINTED_RESULTS = `
say() { grep -qs "def $1(" tests/*.py && echo "$1 (tests.TestAll.$1) ... $2"; }
for test in test_add test_add_negative test_clamp_low test_clamp_between test_shout test_initials test_initials_of_nobody
do say $test ok; done
if grep -rqs 'return high' . --include='*.py'; then say test_clamp_high ok; else say test_clamp_high FAIL; fi
true
`;

describe('the first failing check decides', () => {
  const passes = (text: string) => `import json, sys\nsys.stdin.read()\nprint(${text})\n`;
  const filtered = (names: string) =>
    `PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover -v -s tests -t . ${names}\n`;

  it.each<{ name: string; check: string; detail: RegExp; changes: () => Partial<ArtifactTexts> }>([
    {
      name: 'a missing file',
      check: 'artifact',
      detail: /test_parser\.py is missing/,
      changes: () => ({ 'test_parser.py': null }),
    },
    {
      name: 'a bug that does not apply',
      check: 'artifact',
      detail: /bug_inject\.diff does not apply/,
      changes: () => ({ 'bug_inject.diff': fixture.diff({ 'calc/arith.py': 'x\n' }, { 'calc/arith.py': 'y\n' }) }),
    },
    {
      name: 'a weakening that does not apply on top of the bug',
      check: 'artifact',
      detail: /test_weaken\.diff does not apply/,
      changes: () => ({ 'test_weaken.diff': fixture.artifact['bug_inject.diff'] }),
    },
    {
      name: 'a weakened file that is not listed',
      check: 'test-files',
      detail: /touches tests\/test_arith\.py/,
      changes: () => ({ 'test_files.txt': 'tests/test_words.py\n' }),
    },
    {
      name: 'a listed file that is not there',
      check: 'test-files',
      detail: /does not hold/,
      changes: () => ({ 'test_files.txt': 'tests/test_arith.py\ntests/test_nothing.py\n' }),
    },
    {
      name: 'a parser that reads no log',
      check: 'parser',
      detail: /.*/,
      changes: () => ({ 'test_parser.py': passes(`json.dumps({"test_add": "passed"})`) }),
    },
    {
      name: 'a parser that prints no JSON',
      check: 'parser',
      detail: /no JSON/,
      changes: () => ({ 'test_parser.py': passes(`"all passed"`) }),
    },
    {
      name: 'too few tests',
      check: 'test-script',
      detail: /2 tests pass, and more than 5 must/,
      changes: () => ({ 'test_script.sh': filtered('-k test_add') }),
    },
    {
      name: 'a script that edits a file and puts it back',
      check: 'test-script',
      detail: /changes files of the tree: calc\/words\.py/,
      changes: () => ({
        'test_script.sh': `cp -p calc/words.py /tmp/w; echo >> calc/words.py; cp -p /tmp/w calc/words.py\n${filtered('')}`,
      }),
    },
    {
      name: 'a bug without effect',
      check: 'bug-validity',
      detail: /0 tests fail/,
      changes: () => diffs(CHANGES.withoutEffect),
    },
    {
      name: 'a weakening that hides nothing',
      check: 'weakening-validity',
      detail: /none of the 1 tests that fail with the bug is hidden/,
      changes: () => diffs(CHANGES.bug, CHANGES.withoutAnotherTest),
    },
    {
      name: 'an idle file',
      check: 'inverse-mutation',
      detail: /putting back calc\/words\.py alone/,
      changes: () => diffs({ ...CHANGES.bug, ...CHANGES.inAnotherFileWithoutEffect }),
    },
    {
      name: 'a file without which the rest of the bug is no tree',
      check: 'inverse-mutation',
      detail: /putting back calc\/words\.py, calc\/words\.py\/data\.txt alone/,
      changes: () => {
        const buggy = changed(ORIGINAL, { 'calc/words.py': null, 'calc/words.py/data.txt': 'x\n' });
        const weakened = changed(buggy, CHANGES.withoutTestOfShout);
        return {
          'bug_inject.diff': fixture.diff(ORIGINAL, buggy),
          'test_weaken.diff': fixture.diff(buggy, weakened),
        };
      },
    },
    {
      name: 'tests that disagree with themselves under the bug',
      check: 'determinism',
      detail: /test_clamp_high/,
      changes: () => diffs(CHANGES.unsteady, CHANGES.withoutTestOfClampLow),
    },
    {
      name: 'a script that edits a file only where the bug is',
      check: 'test-script',
      detail: /changes files of the tree: tests\/test_words\.py/,
      changes: () => ({
        'test_script.sh': `grep -rqs 'return high' calc --include='*.py' || touch tests/test_words.py\n${filtered('')}`,
      }),
    },
    {
      name: 'a parser that says the opposite of its log',
      check: 'parser',
      detail: /opposite of its log about test_shout/,
      changes: () => ({
        'test_parser.py': (fixture.artifact['test_parser.py'] ?? '').replace(
          'print(json',
          `if any("failed" == status for status in results.values()):
    for test in results:
        if "test_shout" in test:
            results[test] = "failed"
print(json`,
        ),
      }),
    },
    {
      name: 'a parser that calls a test passed until the last line says otherwise',
      check: 'parser',
      detail: /cut short the parser reports new passes: test_clamp_high/,
      changes: () => ({
        'test_parser.py': (fixture.artifact['test_parser.py'] ?? '')
          .replace(
            'print(json',
            `if "(failures=1)" not in text:
    results = {test: "passed" for test in results}
print(json`,
          )
          .replace('for line in sys.stdin:', 'text = sys.stdin.read()\nfor line in text.splitlines():'),
      }),
    },
    {
      name: 'a failure that is made from the size of its own file',
      check: 'neutral-edit',
      detail: /with comments added to the bug results change: test_clamp_high/,
      changes: () => diffs(CHANGES.sizeSeeded),
    },
    {
      name: 'a comment that tells what was removed',
      check: 'no-hints',
      detail: /added comments carry removed code: if value > high/,
      changes: () => diffs(CHANGES.bugWithHint),
    },
    {
      name: 'a test that is commented out',
      check: 'no-hints',
      detail: /def test_clamp_high/,
      changes: () => diffs(CHANGES.bug, CHANGES.commentedOut),
    },
    {
      name: 'a script that prints results instead of earning them',
      check: 'sabotage',
      detail: /tests that are made to fail pass: test_add /,
      changes: () => ({ 'test_script.sh': PRINTED_RESULTS }),
    },
  ])('$check: $name', async ({ check, detail, changes }) => {
    const verdict = await validate(changes());
    expect(verdict).toMatchObject({ verdict: 'inconsistent', check });
    expect(verdict.detail).toMatch(detail);
    const records = verdict.checks.map((record) => record.verdict);
    const decisive = records.indexOf('failed');
    expect(records.slice(0, decisive).every((record) => record === 'passed')).toBe(true);
    expect(records.slice(decisive + 1).every((record) => record === 'not-run')).toBe(true);
  });

  it('bug-scope: fewer files than the configuration demands', async () => {
    expect(await validate({}, { minChangedFiles: 2 })).toMatchObject({ verdict: 'inconsistent', check: 'bug-scope' });
  });
});
