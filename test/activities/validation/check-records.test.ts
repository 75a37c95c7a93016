import { describe, expect, it } from 'vitest';

import { checkRecords } from '../../../src/activities/validation/check-records.ts';
import { CHECKS } from '../../../src/domain/checks/checks.ts';
import type { ValidationFacts } from '../../../src/domain/checks/validation-facts.ts';
import type { TestRun } from '../../../src/domain/report/test-run.ts';
import { aReference } from '../../support/run-fixture.ts';

const run = (log: string): TestRun => ({
  ...{ ending: 'exited', exitCode: 0, durationMs: 1, log: aReference(log) },
  reading: { valid: true, report: { passed: [], failed: [] } },
});

const FACTS: ValidationFacts = {
  artifact: { wellFormed: false, problem: 'of no concern here' },
  original: {
    ...{ tree: { files: [], symbolicLinks: [], submodules: [] }, testFileTexts: {}, bugFileTexts: {}, parser: [] },
    ...{ runs: [run('clean')], changedByScript: [], log: '' },
  },
  buggy: { runs: [run('bug 0'), run('bug 1')], conflicting: [] },
  weakened: { run: run('weakened') },
};

const DURATIONS = { artifact: 1, original: 2, parser: 3, buggy: 4, weakened: 5, library: 6 };

/** The record of a check that has passed over these facts. */
type CheckName = (typeof CHECKS)[number]['name'];

function recordOf(check: CheckName) {
  const findings = CHECKS.map(({ name }) => ({
    check: name,
    finding: { passed: true, detail: '', figures: {} } as const,
  }));
  const kept = { format: 'validation-facts-1', facts: FACTS, durationsMs: DURATIONS } as const;
  return checkRecords({ findings, verdict: { consistent: true } }, kept).find((record) => record.check === check);
}

describe('the record of a check', () => {
  it.each<readonly [CheckName, number]>([
    ['artifact', 1],
    ['test-script', 2],
    ['parser', 3],
    ['bug-validity', 4],
    ['no-hints', 5],
    ['near-duplicate', 6],
  ])('says what the facts for %s took', (check, durationMs) => {
    expect(recordOf(check)).toMatchObject({ durationMs });
  });

  it.each<readonly [CheckName, readonly string[]]>([
    ['test-files', ['clean']],
    ['parser', ['clean', 'bug 0', 'bug 1', 'weakened']],
    ['test-script', ['clean', 'bug 0', 'bug 1', 'weakened']],
    ['determinism', ['bug 0', 'bug 1']],
    ['no-hints', []],
  ])('refers to the logs that can decide %s', (check, logs) => {
    expect(recordOf(check)?.logs).toEqual(logs.map(aReference));
  });
});
