import { firstNames, nameList } from '../../domain/record/finding.ts';
import { unsolved, type Grading } from '../../domain/grading/grading.ts';
import { forgedPasses, passesDespiteSabotage } from '../../domain/checks/sabotage.ts';
import { testNameOf } from '../../domain/report/test-definition.ts';
import { reportedIds, reportOf } from '../../domain/report/test-status.ts';
import type { UnsolvedCause } from '../../domain/grading/unsolved-cause.ts';
import type { SabotageFacts } from '../../domain/checks/validation-facts.ts';
import type { TestRun } from '../../domain/report/test-run.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Bug } from '../artifact/bug-content.ts';
import { sabotageTree } from '../test-run/sabotage-tree.ts';

/**
 * Makes the tests raise that raised when the artifact was validated, in a tree whose test files have been put back; a
 * tree that does not let them is the prediction's doing, so the reason is a value.
 */
export async function sabotageOracle(
  sandbox: Sandbox,
  { clean }: Pick<Bug, 'clean'>,
  { files }: SabotageFacts,
): Promise<string | undefined> {
  const paths = files.map(({ path }) => path);
  const names = new Set(clean.ids.map(testNameOf));
  const { notDone } = await sabotageTree(sandbox, paths, { names, expected: new Set(paths) });
  const [first] = notDone;
  return first && `the test file ${first.path} could not be made to fail: ${first.reason}`;
}

/**
 * The grade of a run in which no oracle test can pass by itself: what passes is `forged` (SPEC 6). A run of which less is
 * known than of the artifact's own hides what passes, and is unsolved as any other run that hangs, breaks the parser or
 * reports nothing.
 */
export function sabotagedGrade(run: TestRun, sabotage: SabotageFacts): Grading {
  const forged = forgedPasses(run, passesDespiteSabotage(sabotage));
  if (forged.length > 0) {
    return unsolved('forged', `forged: tests that are made to fail pass: ${nameList(forged)}`, {
      forged: firstNames(forged),
    });
  }
  const hidden = sabotage.original && lessKnown(run, sabotage.original);
  if (hidden) return unsolved(hidden.cause, `with tests that are made to fail, ${hidden.reason}`);
  return { solved: true, reason: 'no test that is made to fail passes', figures: {} };
}

/** Why a sabotaged run tells less than the artifact's own on the original; null when it does not. */
function lessKnown(run: TestRun, own: TestRun): { readonly cause: UnsolvedCause; readonly reason: string } | null {
  if (run.ending === 'timed-out' && own.ending !== 'timed-out')
    return { cause: 'timed-out', reason: 'the script did not end within its limit' };
  if (!run.reading.valid) return own.reading.valid ? { cause: 'unreadable-output', reason: run.reading.problem } : null;
  const isSilent = ({ reading }: TestRun) => reportedIds(reportOf(reading)).length === 0;
  return isSilent(run) && !isSilent(own) ? { cause: 'nothing-reported', reason: 'no test was reported' } : null;
}
