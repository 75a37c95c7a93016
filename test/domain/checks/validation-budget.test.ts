import { describe, expect, it } from 'vitest';

import { judgeArtifact } from '../../../src/domain/checks/consistency.ts';
import { budgetExcess } from '../../../src/domain/checks/validation-budget.ts';
import { DEFAULT_VALIDATION } from '../../support/defaults.ts';
import type { ValidationFacts } from '../../../src/domain/checks/validation-facts.ts';
import {
  aBuggyRun,
  aChange,
  anAlteration,
  anArtifact,
  aRun,
  aSabotage,
  originalFacts,
  TESTS,
  validationFacts,
} from './facts.ts';

const config = { ...DEFAULT_VALIDATION, maxBugFiles: 3, maxTestSeconds: 100 };
const lasting = (durationMs: number) => aRun(TESTS, [], { durationMs });
const originalOf = (durationMs: number) => originalFacts({ runs: [lasting(durationMs), lasting(1)] });

describe('the budget of a validation', () => {
  it('is kept by a bug of few files and short tests', () => {
    expect(budgetExcess({ facts: validationFacts(), files: 2 }, config)).toBeUndefined();
  });

  it('is exceeded by more files than may be put back one by one', () => {
    expect(budgetExcess({ facts: {}, files: 4 }, config)).toMatchObject({ passed: false, figures: { files: 4 } });
  });

  it('is exceeded by runs that are still to come, reckoned from the longest on the original', () => {
    // Two clean runs, one without second copies, four buggy ones, two weakened, two with comments, four with changed tests,
    // and one for each file of the bug.
    expect(budgetExcess({ facts: { original: originalOf(5_555) }, files: 3 }, config)).toBeUndefined();
    expect(budgetExcess({ facts: { original: originalOf(5_556) }, files: 3 }, config)).toMatchObject({
      passed: false,
      figures: { runs: 18 },
    });
  });

  it('reckons with tests that are made to fail in the paper profile too', () => {
    const facts = { original: originalFacts({ runs: [lasting(10_001)] }) };
    expect(budgetExcess({ facts, files: 2 }, { ...config, profile: 'paper' })).toMatchObject({ figures: { runs: 10 } });
  });

  it('reckons with every run that a validation may make', () => {
    const { reversions = [] } = validationFacts().inverse ?? {};
    const facts = validationFacts({
      neutral: { commented: [], notDone: [], run: aBuggyRun, original: { commented: [], run: aBuggyRun } },
      leaks: { found: ['a copy'], problem: null, run: aBuggyRun },
      sabotage: aSabotage({ altered: anAlteration() }),
    });
    const made = JSON.stringify(facts).match(/"durationMs"/g) ?? [];
    const broke = { ...config, maxTestSeconds: 0 };
    expect(budgetExcess({ facts, files: reversions.length }, broke)?.figures).toMatchObject({ runs: made.length });
  });

  it('puts nothing back of a bug of one file', () => {
    expect(budgetExcess({ facts: { original: originalOf(6_666) }, files: 1 }, config)).toBeUndefined();
  });

  it('is exceeded by runs that took longer than on the original', () => {
    const slow = Array.from({ length: 4 }, () => lasting(30_000));
    const buggy = { runs: slow, conflicting: [] };
    expect(budgetExcess({ facts: { original: originalOf(1), buggy }, files: 1 }, config)).toMatchObject({
      passed: false,
      figures: { spentSeconds: 120.002 },
    });
  });

  it('binds nobody whose configuration is older than it', () => {
    const { profile, minPassingTests, minChangedFiles, minFailingTests, maxNearDuplicates } = DEFAULT_VALIDATION;
    const old: unknown = { profile, minPassingTests, minChangedFiles, minFailingTests, maxNearDuplicates };
    const facts = JSON.parse(JSON.stringify(validationFacts())) as ValidationFacts;
    expect(judgeArtifact(facts, old as typeof DEFAULT_VALIDATION).verdict).toEqual({ consistent: true });
  });

  it('decides before a state with the bug is run', () => {
    const files = ['pkg/one.py', 'pkg/two.py', 'checks/all.py', 'setup.cfg'];
    const artifact = anArtifact({ bugInject: files.map((path) => aChange(path)).join('') });
    const { original } = validationFacts();
    const applies = { applied: true } as const;
    const facts: ValidationFacts = {
      artifact: { wellFormed: true, artifact, bugApplies: applies, weakeningApplies: applies },
      ...(original && { original }),
    };
    expect(judgeArtifact(facts, { ...config, profile: 'paper' }).verdict).toMatchObject({ check: 'bug-scope' });
  });
});
