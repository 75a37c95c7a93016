import { describe, expect, it } from 'vitest';

import { judgeArtifact } from '../../../src/domain/checks/consistency.ts';
import { budgetExcess } from '../../../src/domain/checks/validation-budget.ts';
import { DEFAULT_VALIDATION } from '../../support/defaults.ts';
import type { ValidationFacts } from '../../../src/domain/checks/validation-facts.ts';
import { aChange, anArtifact, aRun, originalFacts, TESTS, validationFacts } from './facts.ts';

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
    // Two clean runs, four buggy ones, one weakened, six of variants, and one for each file of the bug.
    expect(budgetExcess({ facts: { original: originalOf(6_250) }, files: 3 }, config)).toBeUndefined();
    expect(budgetExcess({ facts: { original: originalOf(6_251) }, files: 3 }, config)).toMatchObject({
      passed: false,
      figures: { runs: 16 },
    });
  });

  it('puts nothing back of a bug of one file', () => {
    expect(budgetExcess({ facts: { original: originalOf(7_692) }, files: 1 }, config)).toBeUndefined();
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
