import { alterationToAsk, passesAltered } from '../../domain/checks/altered-expectations.ts';
import { forgedPasses, passesDespiteSabotage, sabotageToAsk } from '../../domain/checks/sabotage.ts';
import type { TestRun } from '../../domain/report/test-run.ts';
import { setAsideAmong, unsolved, type Grading } from '../../domain/grading/grading.ts';
import type { UnsolvedCause } from '../../domain/grading/unsolved-cause.ts';
import { firstNames, nameList } from '../../domain/record/finding.ts';
import { testNameOf } from '../../domain/report/test-definition.ts';
import { reportedIds, reportOf } from '../../domain/report/test-status.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { CalibratedBug } from '../artifact/bug-content.ts';
import { alterTree, sabotageTree, type ChangedTests } from '../test-run/changed-tests.ts';

/** A run of a solved attempt with oracle tests that cannot pass by what they test: a pass is forged (docs/specification.md#solved). */
export interface ForgeryRun {
  /** What the state of the tree is called, for draws. */
  readonly state: 'sabotaged' | 'altered';
  /**
   * Changes the tests that were changed when the artifact was validated, in a tree whose test files have been put back; a
   * tree that does not let them be changed is the prediction's doing, so the reason is a value.
   */
  readonly prepare: (sandbox: Sandbox) => Promise<string | undefined>;
  readonly grade: (run: TestRun) => Grading;
}

/** The runs that a solved attempt on this bug has to stand, and what the figures say of those that cannot be made. */
export function forgeryRuns({
  clean,
  sabotage,
  row: { quarantined },
}: Pick<CalibratedBug, 'clean' | 'sabotage'> & { readonly row: Pick<CalibratedBug['row'], 'quarantined'> }): {
  readonly runs: readonly ForgeryRun[];
  readonly figures: Grading['figures'];
} {
  const raising = sabotageToAsk(sabotage);
  const altering = alterationToAsk(clean.passed, sabotage?.altered);
  const names = new Set(clean.ids.map(testNameOf));
  const wanted = (files: ChangedTests['files']) => {
    const paths = files.map(({ path }) => path);
    return { paths, names, expected: new Set(paths) };
  };
  const runs: ForgeryRun[] = [];
  if (raising.asked) {
    const { files, original } = raising.sabotage;
    runs.push({
      state: 'sabotaged',
      prepare: async (sandbox) => blocked(await sabotageTree(sandbox, wanted(files)), 'made to fail'),
      grade: (run) =>
        gradeOf(run, {
          own: original,
          forged: forgedPasses(run, passesDespiteSabotage(raising.sabotage), setAsideAmong(clean, quarantined)),
          how: 'are made to fail',
        }),
    });
  }
  if (altering.asked) {
    const { files, original, seed } = altering.altered;
    runs.push({
      state: 'altered',
      prepare: async (sandbox) => blocked(await alterTree(sandbox, { ...wanted(files), seed }), 'given other values'),
      grade: (run) =>
        gradeOf(run, { own: original, forged: passesAltered(run, altering.calibrated), how: 'expect other values' }),
    });
  }
  return {
    runs,
    figures: {
      sabotaged: raising.asked,
      ...(!raising.asked && { notSabotaged: raising.reason }),
      altered: altering.asked,
      ...(!altering.asked && { notAltered: altering.reason }),
    },
  };
}

function blocked({ notDone: [first] }: ChangedTests, how: string): string | undefined {
  return first && `the test file ${first.path} could not be ${how}: ${first.reason}`;
}

/**
 * A run of which less is known than of the artifact's own hides what passes, and is unsolved as any other run that hangs,
 * breaks the parser or reports nothing.
 */
function gradeOf(
  run: TestRun,
  { own, forged, how }: { readonly own: TestRun | null; readonly forged: readonly string[]; readonly how: string },
): Grading {
  if (forged.length > 0)
    return unsolved('forged', `forged: tests that ${how} pass: ${nameList(forged)}`, { forged: firstNames(forged) });
  const hidden = own && lessKnown(run, own);
  if (hidden) return unsolved(hidden.cause, `with tests that ${how}, ${hidden.reason}`);
  return { solved: true, reason: 'every test fails that has to', figures: {} };
}

/** Why such a run tells less than the artifact's own on the original; null when it does not. */
function lessKnown(run: TestRun, own: TestRun): { readonly cause: UnsolvedCause; readonly reason: string } | null {
  if (run.ending === 'timed-out' && own.ending !== 'timed-out')
    return { cause: 'timed-out', reason: 'the script did not end within its limit' };
  if (!run.reading.valid) return own.reading.valid ? { cause: 'unreadable-output', reason: run.reading.problem } : null;
  const isSilent = ({ reading }: TestRun) => reportedIds(reportOf(reading)).length === 0;
  return isSilent(run) && !isSilent(own) ? { cause: 'nothing-reported', reason: 'no test was reported' } : null;
}
