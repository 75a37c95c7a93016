import type { CheckFinding } from '../record/check-record.ts';
import { fails, passes } from '../record/finding.ts';
import { readDiff } from '../diff/unified-diff.ts';
import type { ArtifactFacts } from './validation-facts.ts';

/**
 * The check artifact: all five files are there, readable and within their limits, and both diffs apply strictly, one
 * after the other (docs/specification.md#artifact). Asked in every profile, for nothing else can be asked of an
 * artifact that fails it.
 */
export function artifactFinding(facts: ArtifactFacts): CheckFinding {
  if (!facts.wellFormed) return fails(facts.problem);
  const { artifact, bugApplies, weakeningApplies } = facts;
  const bug = readDiff(artifact.bugInject);
  if (!bug.readable) return fails(`bug_inject.diff: ${bug.problem}`);
  const weakening = readDiff(artifact.testWeaken);
  if (!weakening.readable) return fails(`test_weaken.diff: ${weakening.problem}`);
  const tooMany = fileCountProblem(bug.files.length, weakening.files.length);
  if (tooMany !== undefined) return fails(tooMany);
  if (!bugApplies.applied) return fails(`on the original tree ${bugApplies.problem}`);
  if (!weakeningApplies.applied) {
    return fails(`on top of the bug ${weakeningApplies.problem}`);
  }
  return passes('all five files are readable and both diffs apply', {
    bugFiles: bug.files.length,
    weakenedFiles: weakening.files.length,
    testFiles: artifact.testFiles.length,
  });
}

// Each file of the bug costs a run in inverse-mutation. Natural bugs touch a handful of files.
const MAX_BUG_FILES = 100;
const MAX_WEAKENED_FILES = 1000;

function fileCountProblem(bug: number, weakening: number): string | undefined {
  if (bug > MAX_BUG_FILES) return `bug_inject.diff changes ${bug} files, more than ${MAX_BUG_FILES}`;
  if (weakening > MAX_WEAKENED_FILES)
    return `test_weaken.diff changes ${weakening} files, more than ${MAX_WEAKENED_FILES}`;
  return undefined;
}
