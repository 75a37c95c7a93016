import type { CheckFinding } from '../record/check-record.ts';
import { fails } from '../record/finding.ts';
import { runsBehind, type FactsWithRuns } from './gathered.ts';
import type { ValidationConfig } from './validation-facts.ts';
import { plannedRuns } from './validation-profile.ts';

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
  const planned = plannedRuns(config.profile, files);
  const runs = [...planned.values()].reduce((sum, count) => sum + count, 0);
  if (runs * cleanMs > maxTestSeconds * 1000) {
    const sentence = `a validation runs the tests up to ${runs} times, and a run takes ${seconds(cleanMs)} on the original`;
    return fails(`${sentence}; all of them may take ${maxTestSeconds} s`, { runs, cleanSeconds: cleanMs / 1000 });
  }
  const made = [...planned.keys()].flatMap((fact) => runsBehind(fact, facts));
  const spentMs = made.reduce((sum, { durationMs }) => sum + durationMs, 0);
  if (spentMs > maxTestSeconds * 1000) {
    const sentence = `the tests have taken ${seconds(spentMs)} in the states seen so far`;
    return fails(`${sentence}, and all of them may take ${maxTestSeconds} s`, { spentSeconds: spentMs / 1000 });
  }
  return undefined;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
