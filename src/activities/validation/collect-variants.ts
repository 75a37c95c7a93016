import { setMaxListeners } from 'node:events';

import { judgeArtifact } from '../../domain/checks/consistency.ts';
import { sabotageCandidates } from '../../domain/checks/sabotage.ts';
import { testNameOf } from '../../domain/report/test-definition.ts';
import { reportOf } from '../../domain/report/test-status.ts';
import { changesOf, filesTouchedBy, restrictDiff, type FileChange } from '../../domain/diff/unified-diff.ts';
import type {
  FileHints,
  FileReversion,
  SabotageFacts,
  ValidationFacts,
  WeakenedFacts,
} from '../../domain/checks/validation-facts.ts';
import type { TestRun } from '../../domain/report/test-run.ts';
import { allDone } from '../services/all-done.ts';
import { bugOf, weakeningOf } from '../artifact/named-diffs.ts';
import { doneByScript } from './collect-runs.ts';
import { hintsOf } from './hint-facts.ts';
import { collectNeutralRuns } from './neutral-runs.ts';
import type { Progress } from '../services/progress.ts';
import { runPreparedState, tryState } from '../test-run/run-state.ts';
import { alterTree, sabotageTree, type ChangedTests } from '../test-run/changed-tests.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Services } from '../services/services.ts';
import type { NamedDiff } from '../tree/tree-state.ts';
import type { ValidationInput } from './validation-input.ts';
import { textsOf, validationSetting, type Collected, type ValidationSetting } from './validation-setting.ts';

interface Variant {
  readonly services: Services;
  readonly facts: ValidationFacts;
  readonly validation: ValidationSetting;
  readonly strict: boolean;
}

/** Facts for the checks behind bug-validity: each from states that no other needs, so all are gathered at once. */
const VARIANTS = {
  weakened: async (variant: Variant) => ({ weakened: await collectWeakened(variant) }),
  inverse: async (variant: Variant) => ({ inverse: { reversions: await collectReversions(variant) } }),
  neutral: async (variant: Variant) =>
    variant.strict ? { neutral: await collectNeutralRuns(variant.services, variant.facts, variant.validation) } : {},
  sabotage: async (variant: Variant) => ({ sabotage: await collectSabotage(variant) }),
} as const;

/**
 * Runs the variants of the buggy state: weakened, each file put back, commented, and with tests that are made to fail or
 * expect other values.
 * They wait for places in the order of their checks. As soon as one check has failed and all before it are known to
 * pass, what still waits or runs is given up, so that the verdict is that of one gathering after the other.
 */
export async function collectVariants(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  { signal, say }: Progress,
): Promise<Collected> {
  say('running the tests on the variants of the buggy state');
  const decided = new AbortController();
  const both = AbortSignal.any([signal, decided.signal]);
  setMaxListeners(0, both);
  const strict = input.validation.profile === 'strict';
  const variant = { services, facts, validation: await validationSetting(services, input, facts, both), strict };
  let gathered = facts;
  const durationsMs: Record<string, number> = {};
  const endings = await Promise.allSettled(
    Object.entries(VARIANTS).map(async ([name, collect]) => {
      const startedAt = performance.now();
      const found = await collect(variant);
      gathered = { ...gathered, ...found };
      durationsMs[name] = Math.round(performance.now() - startedAt);
      if (judgeArtifact(gathered, input.validation).verdict?.consistent === false) decided.abort();
    }),
  );
  for (const ending of endings) {
    if (ending.status === 'rejected' && ending.reason !== decided.signal.reason) throw ending.reason;
  }
  return { facts: gathered, durationsMs };
}

async function collectWeakened({ services, facts, validation, strict }: Variant): Promise<WeakenedFacts> {
  const { artifact, setting, timeLimitMs } = validation;
  const changes = [...changesOf(artifact.bugInject), ...changesOf(artifact.testWeaken)];
  let after: Readonly<Record<string, string>> = {};
  const observed = await runPreparedState(services, {
    ...setting,
    state: 'weakened',
    diffs: [bugOf(artifact), weakeningOf(artifact)],
    timeLimitMs,
    repeat: 0,
    observed: strict,
    prepare: async (sandbox) => {
      after = await textsOf(sandbox, filesTouchedBy(changes));
      return 'run';
    },
  });
  if (observed === null) throw new RangeError('the weakened state is never skipped');
  const before = { ...facts.original?.testFileTexts, ...facts.original?.bugFileTexts };
  const files = changes.map((change): FileHints =>
    hintsOf(change, before[change.oldPath ?? change.path] ?? '', after[change.path] ?? ''),
  );
  return { run: observed.run, ...doneByScript([observed]), hints: { files } };
}

function collectReversions({ services, facts, validation }: Variant): Promise<readonly FileReversion[]> {
  const { artifact, setting, timeLimitMs } = validation;
  return allDone(
    changesOf(artifact.bugInject).map(async ({ path, oldPath }: FileChange): Promise<FileReversion> => {
      const rest = restrictDiff(artifact.bugInject, (file) => file !== path && file !== oldPath);
      const clean = facts.leaks?.run ?? facts.original?.runs[0];
      // A bug of one file, put back, is the original tree, which has been run (SPEC 4: such runs may be shared).
      if (rest === '' && clean !== undefined) return { path, run: clean };
      const diffs: readonly NamedDiff[] = [{ name: `bug_inject.diff without ${path}`, diff: rest }];
      const run = await tryState(services, { ...setting, state: `without ${path}`, diffs, timeLimitMs, repeat: 0 });
      return run.ending === 'run'
        ? { path, run: run.observed.run }
        : { path, problem: run.ending === 'not-built' ? run.problem : 'there was nothing to run' };
    }),
  );
}

interface ChangedRun {
  readonly tests: ChangedTests;
  readonly run: TestRun | null;
}

const NOT_CHANGED: ChangedRun = { tests: { files: [], notDone: [] }, run: null };

/** Original and buggy state, once with tests that raise and once with tests that expect other values. */
async function collectSabotage({ services, facts, validation }: Variant): Promise<SabotageFacts> {
  const { artifact, setting, timeLimitMs } = validation;
  const { seed } = setting;
  const [clean] = facts.original?.runs ?? [];
  const wanted = {
    paths: sabotageCandidates(artifact.testFiles, facts.original?.tree.files ?? []),
    names: new Set((clean === undefined ? [] : reportOf(clean.reading).passed).map(testNameOf)),
    expected: new Set(artifact.testFiles),
  };
  const changed = async (
    state: string,
    diffs: readonly NamedDiff[],
    change: (sandbox: Sandbox) => Promise<ChangedTests>,
  ): Promise<ChangedRun> => {
    let { tests } = NOT_CHANGED;
    const observed = await runPreparedState(services, {
      ...setting,
      state,
      diffs,
      timeLimitMs,
      repeat: 0,
      prepare: async (sandbox) => {
        tests = await change(sandbox);
        return tests.files.length > 0 ? 'run' : 'skip';
      },
    });
    return { tests, run: observed?.run ?? null };
  };
  const sabotage = (sandbox: Sandbox) => sabotageTree(sandbox, wanted);
  const alter = (sandbox: Sandbox) => alterTree(sandbox, { ...wanted, seed });
  const bug = [bugOf(artifact)];
  const [original = NOT_CHANGED, buggy = NOT_CHANGED, altered = NOT_CHANGED, alteredBug = NOT_CHANGED] = await allDone([
    changed('sabotaged original', [], sabotage),
    changed('sabotaged', bug, sabotage),
    changed('altered original', [], alter),
    changed('altered', bug, alter),
  ]);
  return {
    ...original.tests,
    original: original.run,
    buggy: buggy.run,
    altered: { seed, files: altered.tests.files, original: altered.run, buggy: alteredBug.run },
  };
}
