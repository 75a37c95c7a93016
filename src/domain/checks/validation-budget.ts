import type { CheckFinding } from '../record/check-record.ts';
import { fails } from '../record/finding.ts';
import type { TestRun } from '../report/test-run.ts';
import { runsBehind, type FactsWithRuns } from './gathered.ts';
import type { ValidationConfig } from './validation-facts.ts';
import { repetitionsOf } from './validation-profile.ts';

type BudgetConfig = Pick<ValidationConfig, 'profile' | 'maxBugFiles' | 'maxTestSeconds'>;

/**
 * Why an artifact costs more to judge than a validation may, known from the original's runs before anything else is run:
 * each file of the bug is put back alone, so a bug of a hundred files runs the tests a hundred times. Tests that take
 * longer in later states than on the original are counted as they are seen (docs/specification.md#bug-scope).
 */
export function budgetExcess(
  { facts, files }: { readonly facts: FactsWithRuns; readonly files: number },
  config: BudgetConfig,
): CheckFinding | undefined {
  const { maxBugFiles, maxTestSeconds } = config;
  if (files > maxBugFiles) {
    const sentence = `the bug changes ${files} files, each of which is put back alone`;
    return fails(`${sentence}, and at most ${maxBugFiles} may change`, { files });
  }
  const cleanMs = Math.max(0, ...(facts.original?.runs ?? []).map(({ durationMs }) => durationMs));
  const runs = plannedRuns(files, config.profile);
  if (runs * cleanMs > maxTestSeconds * 1000) {
    const sentence = `a validation runs the tests ${runs} times, and a run takes ${seconds(cleanMs)} on the original`;
    return fails(`${sentence}; all of them may take ${maxTestSeconds} s`, { runs, cleanSeconds: cleanMs / 1000 });
  }
  const spentMs = runsOf(facts, files).reduce((sum, { durationMs }) => sum + durationMs, 0);
  if (spentMs > maxTestSeconds * 1000) {
    const sentence = `the tests have taken ${seconds(spentMs)} in the states seen so far`;
    return fails(`${sentence}, and all of them may take ${maxTestSeconds} s`, { spentSeconds: spentMs / 1000 });
  }
  return undefined;
}

/** Behind the clean and the buggy runs the strict profile runs commented, sabotaged and altered tests, on both trees. */
const STRICT_VARIANTS = 6;

function plannedRuns(files: number, profile: ValidationConfig['profile']): number {
  const { clean, buggy, weakened } = repetitionsOf(profile);
  return clean + buggy + weakened + reversions(files) + (profile === 'strict' ? STRICT_VARIANTS : 0);
}

/** A bug of one file, put back, is the original tree, which has been run. */
function reversions(files: number): number {
  return files > 1 ? files : 0;
}

/** Facts of gatherings that run the tests. */
const WITH_RUNS = ['original', 'buggy', 'inverse', 'leaks', 'weakened', 'neutral', 'sabotage'] as const;

function runsOf(facts: FactsWithRuns, files: number): readonly TestRun[] {
  return WITH_RUNS.filter((fact) => fact !== 'inverse' || reversions(files) > 0).flatMap((fact) =>
    runsBehind(fact, facts),
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
