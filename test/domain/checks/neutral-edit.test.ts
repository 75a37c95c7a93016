import { describe, expect, it } from 'vitest';
import { commentBehind } from '../../../src/syntax/comment-syntax.ts';
import { neutralEditFinding } from '../../../src/domain/checks/neutral-edit.ts';
import type { NeutralFacts } from '../../../src/domain/checks/validation-facts.ts';
import type { TestRun } from '../../../src/domain/report/test-run.ts';
import {
  aBuggyRun,
  anUnreadableRun,
  aRun,
  aTimedOutRun,
  BROKEN_BY_ONE,
  BROKEN_BY_TWO,
  SPARED,
  TESTS,
} from './facts.ts';

const clean = { passed: TESTS, failed: [], quarantined: [] };

interface Seen {
  readonly run: TestRun | null;
  readonly original?: TestRun | null;
  readonly quarantined?: readonly string[];
  readonly notDone?: readonly string[];
}

function finding({ run, original, quarantined = [], notDone = [] }: Seen) {
  const commented = notDone.length > 0 ? [] : ['pkg/one.py'];
  const neutral: NeutralFacts = {
    ...{ commented, notDone, run },
    ...(original === undefined ? {} : { original: { commented, run: original } }),
  };
  return neutralEditFinding({
    clean: { ...clean, quarantined },
    originalRuns: [aRun(TESTS), aRun(TESTS)],
    buggyRuns: [aBuggyRun, aBuggyRun],
    neutral,
  });
}

describe('neutralEditFinding', () => {
  it('does not mind an id that holds the time: another one in each run, all of them in quarantine', () => {
    const at = (time: string) => `${SPARED[0] ?? ''}[2026-01-02 ${time}]`;
    const run = aRun([...SPARED, at('03:04:07')], [BROKEN_BY_ONE, BROKEN_BY_TWO]);
    expect(finding({ run, quarantined: [at('03:04:05'), at('03:04:06')] }).passed).toBe(true);
    expect(finding({ run }).detail).toContain('results change');
  });

  it('accepts results that stay as they are', () => {
    const figures = {
      done: true,
      commented: ['pkg/one.py'],
      doneOnOriginal: true,
      commentedOnOriginal: ['pkg/one.py'],
    };
    expect(finding({ run: aBuggyRun, original: aRun(TESTS) })).toMatchObject({ passed: true, figures });
  });

  it.each<[string, TestRun]>([
    ['a test that passes now', aRun([...SPARED, BROKEN_BY_ONE], [BROKEN_BY_TWO])],
    ['a test that fails now', aRun(SPARED.slice(1), [BROKEN_BY_ONE, BROKEN_BY_TWO, ...SPARED.slice(0, 1)])],
    ['a test that is gone', aRun(SPARED, [BROKEN_BY_ONE])],
    ['a test that is new', aRun([...SPARED, 'new'], [BROKEN_BY_ONE, BROKEN_BY_TWO])],
    ['another exit code', aRun(SPARED, [BROKEN_BY_ONE, BROKEN_BY_TWO], { exitCode: 3 })],
    ['a run that hangs', aTimedOutRun(SPARED)],
    ['a log that cannot be read', anUnreadableRun()],
  ])('refuses %s under the bug', (_, run) => {
    expect(finding({ run, original: aRun(TESTS) })).toMatchObject({ passed: false, figures: { place: 'the bug' } });
  });

  it.each<[string, TestRun]>([
    ['a test that fails now', aRun(TESTS.slice(1), TESTS.slice(0, 1))],
    ['a test that is gone', aRun(TESTS.slice(1))],
    ['another exit code', aRun(TESTS, [], { exitCode: 3 })],
    ['a run that hangs', aTimedOutRun(TESTS)],
    ['a log that cannot be read', anUnreadableRun()],
  ])('refuses %s on the original', (_, original) => {
    const refusal = finding({ run: aBuggyRun, original });
    expect(refusal).toMatchObject({ passed: false, figures: { place: 'the original' } });
  });

  it('judges facts from before the original was asked', () => {
    expect(finding({ run: aBuggyRun })).toMatchObject({ passed: true, figures: { doneOnOriginal: false } });
  });

  it('asks nothing of a test in quarantine, nor of the exit code that it may move', () => {
    const run = aRun(SPARED.slice(1), [BROKEN_BY_ONE, BROKEN_BY_TWO], { exitCode: 3 });
    expect(finding({ run, quarantined: SPARED.slice(0, 1) }).passed).toBe(true);
  });

  it('says when nothing could be tried', () => {
    const untried = finding({ run: null, original: null, notDone: ['data/rules.json'] });
    expect(untried).toMatchObject({ passed: true, figures: { done: false, notDone: ['data/rules.json'] } });
    expect(untried.detail).toContain('not done');
  });
});

describe('commentBehind', () => {
  it.each([
    ['a.py', '# '],
    ['a.ts', '// '],
    ['a.go', '// '],
    ['a.sql', '-- '],
    ['a.css', '/* '],
    ['deep/Makefile', '# '],
  ])('begins a comment of %s with %j', (path, mark) => {
    expect(commentBehind(path, 'code\n', 'words')?.startsWith(mark)).toBe(true);
  });

  it.each([
    ['data.json', '{}'],
    ['page.html', '<p>'],
    ['script', 'x'],
    ['a.rb', 'x\n__END__\ndata\n'],
  ])('knows none for %s', (path, text) => {
    expect(commentBehind(path, text, 'words')).toBeUndefined();
  });
});
