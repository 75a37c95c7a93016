import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { check } from '../../../src/domain/checks/check.ts';
import { CHECKS, checksAfter } from '../../../src/domain/checks/checks.ts';
import { judgeArtifact, scriptTimeLimitMs, summarizeTests } from '../../../src/domain/checks/consistency.ts';
import type { HintFacts, ValidationFacts } from '../../../src/domain/checks/validation-facts.ts';
import { DEFAULT_VALIDATION } from '../../support/defaults.ts';
import { VALIDATOR_VERSION } from '../../../src/domain/checks/validator-version.ts';
import {
  aBuggyRun,
  anArtifact,
  anUnreadableRun,
  aRun,
  aSabotage,
  BROKEN_BY_ONE,
  BROKEN_BY_TWO,
  originalFacts,
  SPARED,
  TESTS,
  validationFacts,
} from './facts.ts';

const NAMES = CHECKS.map(({ name }) => name);
const paper = { ...DEFAULT_VALIDATION, profile: 'paper' } as const;

const HINTS: HintFacts = {
  files: [
    {
      path: 'pkg/one.py',
      read: 'syntax',
      removedCode: ['    if value > high:'],
      addedProse: ['was: if value > high:'],
    },
  ],
};

function verdictOf(facts: ValidationFacts, config = DEFAULT_VALIDATION) {
  return judgeArtifact(facts, config).verdict;
}

describe('judgeArtifact', () => {
  it('finds a good artifact consistent, with a finding for each check in order', () => {
    const { findings, verdict } = judgeArtifact(validationFacts(), DEFAULT_VALIDATION);
    expect(findings.map(({ check }) => check)).toEqual(NAMES);
    expect(findings.every(({ finding }) => finding.passed)).toBe(true);
    expect(verdict).toEqual({ consistent: true });
  });

  it('asks for neither repeats nor determinism in the paper profile', () => {
    const facts = validationFacts({
      original: originalFacts({ runs: [aRun(TESTS)], parser: [] }),
      buggy: { runs: [aBuggyRun], conflicting: [], truncated: [] },
      weakened: { run: aRun([...SPARED, BROKEN_BY_ONE], [BROKEN_BY_TWO]) },
    });
    const { findings, verdict } = judgeArtifact(facts, paper);
    expect(findings.map(({ check }) => check)).toEqual(NAMES.slice(0, NAMES.indexOf('determinism')));
    expect(verdict).toEqual({ consistent: true });
  });

  it.each<[string, Partial<ValidationFacts>]>([
    ['artifact', { artifact: { wellFormed: false, problem: 'test_parser.py is missing' } }],
    [
      'test-files',
      {
        artifact: {
          wellFormed: true,
          artifact: anArtifact({ testFiles: ['gone.py'] }),
          bugApplies: { applied: true },
          weakeningApplies: { applied: true },
        },
      },
    ],
    ['parser', { original: originalFacts({ runs: [anUnreadableRun()] }) }],
    ['test-script', { original: originalFacts({ changedByScript: ['setup.py'] }) }],
    ['bug-validity', { buggy: { runs: [aRun(TESTS)], conflicting: [], truncated: [] } }],
    ['weakening-validity', { weakened: { run: aBuggyRun } }],
    ['inverse-mutation', { inverse: { reversions: [{ path: 'pkg/one.py', run: aBuggyRun }] } }],
    ['neutral-edit', { neutral: { commented: ['pkg/one.py'], notDone: [], run: aRun(TESTS) } }],
    ['no-hints', { weakened: { ...validationFacts().weakened, run: aRun(SPARED, [BROKEN_BY_TWO]), hints: HINTS } }],
    ['sabotage', { sabotage: aSabotage({ original: aRun([BROKEN_BY_ONE], TESTS.slice(1)) }) }],
    [
      'near-duplicate',
      {
        library: {
          like: ['a', 'b', 'c', 'd'].map((artifactId) => ({ artifactId, similarity: 1 })),
        },
      },
    ],
  ])('lets %s decide', (check, changes) => {
    const { findings, verdict } = judgeArtifact(validationFacts(changes), DEFAULT_VALIDATION);
    expect(verdict).toMatchObject({ consistent: false, check });
    expect(findings.at(-1)?.check).toBe(check);
    expect(findings.slice(0, -1).every(({ finding }) => finding.passed)).toBe(true);
  });

  it('lets bug-scope decide', () => {
    expect(verdictOf(validationFacts(), { ...DEFAULT_VALIDATION, minChangedFiles: 3 })).toMatchObject({
      check: 'bug-scope',
    });
    // By its files, and by what the runs of all states took.
    expect(verdictOf(validationFacts(), { ...DEFAULT_VALIDATION, maxTestSeconds: 0 })).toMatchObject({
      check: 'bug-scope',
    });
  });

  it('lets the first failure in the order of the checks decide', () => {
    const facts = validationFacts({
      original: originalFacts({ changedByScript: ['setup.py'] }),
      weakened: { run: aBuggyRun },
    });
    expect(verdictOf(facts)).toEqual({
      consistent: false,
      check: 'test-script',
      detail: 'the script changes files of the tree: setup.py',
    });
  });

  const whole = validationFacts();
  it.each<[string, ValidationFacts]>([
    ['the artifact', { artifact: whole.artifact }],
    ['the original', { artifact: whole.artifact, ...pick(whole, 'original') }],
    ['the bug', { artifact: whole.artifact, ...pick(whole, 'original', 'buggy') }],
    ['the weakening', { artifact: whole.artifact, ...pick(whole, 'original', 'buggy', 'weakened') }],
    ['the inverse mutations', { artifact: whole.artifact, ...pick(whole, 'original', 'buggy', 'weakened', 'inverse') }],
    [
      'the neutral edit',
      { artifact: whole.artifact, ...pick(whole, 'original', 'buggy', 'weakened', 'inverse', 'neutral') },
    ],
  ])('gives no verdict when only facts up to %s are there', (_, facts) => {
    expect(verdictOf(facts)).toBeUndefined();
  });

  it('gives no verdict while an inverse mutation is missing', () => {
    const reversions = whole.inverse?.reversions.slice(1) ?? [];
    expect(verdictOf(validationFacts({ inverse: { reversions } }))).toBeUndefined();
  });

  it('refuses a test that only looks stable: unsteady in one of four runs', () => {
    const lucky = aRun([...SPARED, BROKEN_BY_ONE], [BROKEN_BY_TWO]);
    const buggy = {
      runs: [aBuggyRun, aBuggyRun, aBuggyRun, lucky],
      conflicting: whole.buggy?.conflicting ?? [],
      truncated: [],
    };
    const weakened = { run: aRun([...SPARED, BROKEN_BY_TWO]), onOriginal: { run: aRun(SPARED), idle: [] } };
    const inverse = {
      reversions: ['pkg/one.py', 'pkg/two.py'].map((path) => ({ path, run: aRun(TESTS) })),
    };
    expect(verdictOf(validationFacts({ buggy, weakened, inverse }))).toMatchObject({
      consistent: false,
      check: 'determinism',
    });
  });

  it('counts a doctest of the bug nowhere, and so not as a failing test', () => {
    const doctest = 'pkg/one.py::pkg.one.f';
    const tests = [...TESTS, doctest];
    const buggyRun = aRun(TESTS, [doctest]);
    const facts = validationFacts({
      original: originalFacts({ runs: [aRun(tests), aRun(tests)], log: tests.join('\n') }),
      buggy: {
        runs: [buggyRun, buggyRun, buggyRun, buggyRun],
        conflicting: [{ experiment: 'conflicting', reading: buggyRun.reading, contested: [doctest] }],
        truncated: [],
      },
    });
    const repeated = facts.original?.parser.map((one) =>
      one.experiment === 'repeated' ? { ...one, reading: aRun(tests).reading } : one,
    );
    const original = originalFacts({ ...facts.original, parser: repeated ?? [] });
    expect(verdictOf({ ...facts, original })).toMatchObject({ check: 'bug-validity' });
  });
});

describe('summarizeTests', () => {
  it('gives FAIL_TO_PASS and PASS_TO_PASS', () => {
    expect(summarizeTests(validationFacts(), DEFAULT_VALIDATION)).toEqual({
      failToPass: [BROKEN_BY_ONE, BROKEN_BY_TWO],
      passToPass: SPARED,
      quarantined: [],
    });
  });

  it('keeps tests in quarantine out of both', () => {
    const original = originalFacts({ runs: [aRun(TESTS), aRun(TESTS.slice(1))] });
    const { failToPass, quarantined } = summarizeTests(validationFacts({ original }), DEFAULT_VALIDATION);
    expect(failToPass).toEqual([BROKEN_BY_TWO]);
    expect(quarantined).toEqual([BROKEN_BY_ONE]);
  });
});

describe('scriptTimeLimitMs', () => {
  it.each([
    [1000, 90_000],
    [30_000, 90_000],
    [40_000, 120_000],
  ])('gives a script that took %d ms at least 90 s and three times as long: %d ms', (clean, limit) => {
    expect(scriptTimeLimitMs(clean)).toBe(limit);
  });
});

function pick(facts: ValidationFacts, ...keys: readonly (keyof ValidationFacts)[]): Partial<ValidationFacts> {
  return Object.fromEntries(keys.map((key) => [key, facts[key]]));
}

describe('a check', () => {
  const about = {
    bug: [],
    weakening: [],
    clean: { passed: [], failed: [], quarantined: [] },
    config: DEFAULT_VALIDATION,
  };
  const submission = { wellFormed: false, problem: 'of no concern here' } as const;

  it('is not judged before all that it needs is there', () => {
    const asked: string[] = [];
    const leaky = check({
      ...{ name: 'leaky', profile: 'strict', since: '9' },
      needs: ['leaks', 'library'],
      judge: ({ leaks, library }) => {
        asked.push(...leaks.found);
        return { passed: library.like.length === 0, detail: '', figures: {} };
      },
    });
    const leaks = { found: ['a copy'], problem: null, run: null };
    expect(leaky.judge({ submission }, about)).toBeUndefined();
    expect(leaky.judge({ submission, leaks }, about)).toBeUndefined();
    expect(asked).toEqual([]);
    expect(leaky.judge({ submission, leaks, library: { like: [] } }, about)).toMatchObject({ passed: true });
    expect(asked).toEqual(['a copy']);
  });

  it('has a name of its own, under which the specification says what it asks', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    const specification = readFileSync(new URL('../../../docs/specification.md', import.meta.url), 'utf8');
    expect(NAMES.filter((name) => !specification.includes(`\n### ${name}\n`))).toEqual([]);
  });

  it('was never asked by a version that did not have it', () => {
    const [first, ...others] = CHECKS;
    expect(checksAfter('2', [{ ...first, since: '10' }, ...others])).toEqual([first.name]);
    expect(checksAfter(VALIDATOR_VERSION)).toEqual([]);
  });
});
