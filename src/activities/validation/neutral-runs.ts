import { extname } from 'node:path/posix';

import { changesOf } from '../../domain/diff/unified-diff.ts';
import { seededOrder } from '../../domain/draw/seeded-draw.ts';
import { isTestPath } from '../../domain/steering/test-paths.ts';
import { steersTestRunner } from '../../domain/steering/runner-steering.ts';
import { repetitionsOf } from '../../domain/checks/validation-profile.ts';
import type { NeutralFacts, NeutralOriginal, ValidationFacts } from '../../domain/checks/validation-facts.ts';
import type { TestRun } from '../../domain/report/test-run.ts';
import { allDone } from '../services/all-done.ts';
import { bugOf } from '../artifact/named-diffs.ts';
import { editNeutrally } from './edit-neutrally.ts';
import { runPreparedState } from '../test-run/run-state.ts';
import type { Services } from '../services/services.ts';
import type { NamedDiff } from '../tree/tree-state.ts';
import type { ValidationSetting } from './validation-setting.ts';

/** Facts for neutral-edit: the buggy state and the original, each with comments that nobody could foresee. */
export async function collectNeutralRuns(
  services: Services,
  facts: ValidationFacts,
  { artifact, setting, timeLimitMs }: ValidationSetting,
): Promise<NeutralFacts> {
  const paths = changesOf(artifact.bugInject).map(({ path, oldPath }) => oldPath ?? path);
  const run = (state: EditedState) => runEdited(services, { ...setting, timeLimitMs }, state);
  const [buggy, original] = await allDone([
    run({
      state: 'buggy with comments',
      diffs: [bugOf(artifact)],
      choices: [changesOf(artifact.bugInject).map(({ path }) => path)],
      // One more variation of what must not matter, behind those of the buggy runs.
      repeat: repetitionsOf('strict').buggy,
    }),
    run({
      state: 'original with comments',
      diffs: [],
      // A bug that only adds files has none in the original; its script may look at the others all the same.
      choices: [paths, otherSources(facts, paths, setting.seed)],
      // The last that the clean state was run under: a test that minds the circumstances is in quarantine by now.
      repeat: repetitionsOf('strict').clean - 1,
    }),
  ]);
  return { ...(buggy ?? NOTHING), original: toOriginal(original ?? NOTHING) };
}

type Edited = Pick<NeutralFacts, 'commented' | 'notDone'> & { readonly run: TestRun | null };

const NOTHING: Edited = { commented: [], notDone: [], run: null };

interface EditedState {
  readonly state: string;
  readonly diffs: readonly NamedDiff[];
  /** Files to put comments into; the next ones only where none of these could be given one. */
  readonly choices: readonly (readonly string[])[];
  readonly repeat: number;
}

async function runEdited(
  services: Services,
  setting: ValidationSetting['setting'] & { readonly timeLimitMs: number },
  { choices, ...state }: EditedState,
): Promise<Edited> {
  let done: Omit<Edited, 'run'> = NOTHING;
  const observed = await runPreparedState(services, {
    ...setting,
    ...state,
    prepare: async (sandbox) => {
      // A run that is repeated begins with a tree without comments.
      done = NOTHING;
      for (const paths of choices) {
        if (done.commented.length === 0) done = await editNeutrally(sandbox, paths, setting.seed);
      }
      return done.commented.length > 0 ? 'run' : 'skip';
    },
  });
  return { ...done, run: observed?.run ?? null };
}

function toOriginal({ commented, run }: Edited): NeutralOriginal {
  return { commented, run };
}

/** So many files are enough for a script to see that something was edited. */
const OTHER_SOURCES = 3;

/** Drawn files of the original in the languages of the bug, neither tests nor what steers them. */
function otherSources(facts: ValidationFacts, paths: readonly string[], seed: number): readonly string[] {
  const languages = new Set(paths.map((path) => extname(path)));
  const sources = (facts.original?.tree.files ?? []).filter(
    (path) => languages.has(extname(path)) && !isTestPath(path) && !steersTestRunner(path),
  );
  return seededOrder(sources, (path) => path, seed, 'other sources').slice(0, OTHER_SOURCES);
}
