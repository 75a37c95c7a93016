import type { CheckFinding } from '../record/check-record.ts';
import { fails, firstNames, passes } from '../record/finding.ts';
import type { FileChange } from '../diff/unified-diff.ts';
import { budgetExcess } from './validation-budget.ts';
import type { FactsWithRuns } from './gathered.ts';
import type { ValidationConfig } from './validation-facts.ts';

/**
 * The check bug-scope: the bug changes at least `minChangedFiles` files (docs/specification.md#bug-scope; paper, Sec.
 * 2.3). A rename is one file; a mode alone changes nothing that code does, so it does not count. Beyond the paper: it
 * can be judged within the budget of a validation.
 */
export function bugScopeFinding(
  bug: readonly FileChange[],
  config: Pick<ValidationConfig, 'minChangedFiles' | 'profile' | 'maxBugFiles' | 'maxTestSeconds'>,
  facts: FactsWithRuns,
): CheckFinding {
  const { minChangedFiles } = config;
  const changed = bug.filter((file) => !changesModeOnly(file));
  const figures = { changedFiles: changed.length, files: firstNames(changed.map((file) => file.path)) };
  const sentence = `the bug changes ${changed.length} files`;
  if (changed.length < minChangedFiles)
    return fails(`${sentence}, and at least ${minChangedFiles} must change`, figures);
  return budgetExcess({ facts, files: bug.length }, config) ?? passes(sentence, figures);
}

function changesModeOnly(file: FileChange): boolean {
  return (
    file.kind === 'modified' &&
    file.modeChange !== undefined &&
    file.special === undefined &&
    file.addedLines.length + file.removedLines.length === 0
  );
}
