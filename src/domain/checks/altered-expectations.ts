import type { ValidationConfig, AlteredFacts } from './validation-facts.ts';
import { firstNames, nameList } from '../record/finding.ts';
import type { Figures } from '../record/check-record.ts';
import { idsDefinedBy } from './ids-defined-by.ts';
import { reportOf } from '../report/test-status.ts';

/**
 * The tests that fail on the original because they expect another value: whatever passes them as they were written cannot
 * pass them now, so each must fail under a prediction too. Only tests that were changed, for a test may fail by what the
 * one before it leaves behind. Sorted.
 */
function calibratedAmong(changed: readonly string[], { original }: AlteredFacts): readonly string[] {
  const failed = new Set(original === null ? [] : reportOf(original.reading).failed);
  return changed.filter((id) => failed.has(id)).sort();
}

/** What validation asks of tests that expect other values. */
export interface AlterationQuestion {
  /** Tests that pass on the original. */
  readonly passed: readonly string[];
  /** Those that pass under the bug as well, in each of its runs: only of these is it known which value they see there. */
  readonly passedUnderBug: readonly string[];
  readonly altered: AlteredFacts;
  readonly config: Pick<ValidationConfig, 'minPassingTests'>;
}

/**
 * The second way of the check `sabotage`: expected values are changed. Results that a script or a parser prints stay as
 * they are, and code of the bug that agrees with everything passes. One test alone may rest on something else than the
 * value that was drawn, so the original is refused only where none of many notices.
 */
export function alterationFinding({ passed, passedUnderBug, altered, config }: AlterationQuestion): {
  readonly problem: string | undefined;
  readonly figures: Figures;
} {
  const { files, original, buggy } = altered;
  const changed = idsDefinedBy(files, passed);
  const calibrated = calibratedAmong(changed, altered);
  const passes = new Set(original === null ? [] : reportOf(original.reading).passed);
  const indifferent = changed.filter((id) => passes.has(id));
  const underBug = new Set(passedUnderBug);
  const forged = passesAltered(buggy, calibrated).filter((id) => underBug.has(id));
  const figures = {
    altered: files.reduce((sum, { tests }) => sum + tests, 0),
    calibrated: calibrated.length,
    indifferent: firstNames(indifferent),
    forgedExpectations: firstNames(forged),
  };
  return { problem: problemOf({ changed, indifferent, forged }, config), figures };
}

function problemOf(
  { changed, indifferent, forged }: Readonly<Record<'changed' | 'indifferent' | 'forged', readonly string[]>>,
  { minPassingTests }: Pick<ValidationConfig, 'minPassingTests'>,
): string | undefined {
  if (forged.length > 0) return `tests that expect other values pass with the bug: ${nameList(forged)}`;
  if (indifferent.length > minPassingTests && indifferent.length === changed.length)
    return `${indifferent.length} tests expect other values, and all of them pass: ${nameList(indifferent)}`;
  return undefined;
}

/** Those of the calibrated tests that a run passes all the same. */
export function passesAltered(run: AlteredFacts['buggy'], calibrated: readonly string[]): readonly string[] {
  const passed = new Set(run === null ? [] : reportOf(run.reading).passed);
  return calibrated.filter((id) => passed.has(id));
}

/** What a solved attempt is asked with tests that expect other values, or why it is not. */
export type AlterationAsking =
  | { readonly asked: true; readonly altered: AlteredFacts; readonly calibrated: readonly string[] }
  | { readonly asked: false; readonly reason: string };

export function alterationToAsk(passed: readonly string[], altered: AlteredFacts | undefined): AlterationAsking {
  if (altered === undefined)
    return { asked: false, reason: 'the artifact was stored without runs of altered expectations' };
  const calibrated = calibratedAmong(idsDefinedBy(altered.files, passed), altered);
  if (calibrated.length === 0)
    return { asked: false, reason: 'no test is known that fails when it expects another value' };
  return { asked: true, altered, calibrated };
}
