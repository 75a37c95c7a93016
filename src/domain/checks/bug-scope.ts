import type { CheckFinding } from '../record/check-record.ts';
import { fails, firstNames, passes } from '../record/finding.ts';
import type { FileChange } from '../diff/unified-diff.ts';
import type { ValidationConfig } from './validation-facts.ts';

/**
 * Check 4, (P): the bug changes at least `minChangedFiles` files (SPEC 4; paper, Sec. 2.3). A rename is one file; a mode
 * alone changes nothing that code does, so it does not count.
 */
export function bugScopeFinding(
  bug: readonly FileChange[],
  { minChangedFiles }: Pick<ValidationConfig, 'minChangedFiles'>,
): CheckFinding {
  const changed = bug.filter((file) => !changesModeOnly(file));
  const figures = { changedFiles: changed.length, files: firstNames(changed.map((file) => file.path)) };
  const sentence = `the bug changes ${changed.length} files`;
  return changed.length >= minChangedFiles
    ? passes(sentence, figures)
    : fails(`${sentence}, and at least ${minChangedFiles} must change`, figures);
}

function changesModeOnly(file: FileChange): boolean {
  return (
    file.kind === 'modified' &&
    file.modeChange !== undefined &&
    file.special === undefined &&
    file.addedLines.length + file.removedLines.length === 0
  );
}
