import { judgeArtifact } from '../../domain/checks/consistency.ts';
import { sabotageCandidates } from '../../domain/checks/sabotage.ts';
import { testNameOf } from '../../domain/report/test-definition.ts';
import { reportOf } from '../../domain/report/test-status.ts';
import type { SabotageFacts, ValidationFacts } from '../../domain/checks/validation-facts.ts';
import type { TestRun } from '../../domain/report/test-run.ts';
import { allDone } from '../services/all-done.ts';
import { untilDecided } from '../services/until-decided.ts';
import { collectReversion, filesToPutBack } from './collect-reversions.ts';
import { bugOf } from '../artifact/named-diffs.ts';
import { collectNeutralRuns } from './neutral-runs.ts';
import type { Progress } from '../services/progress.ts';
import { runPreparedState } from '../test-run/run-state.ts';
import { alterTree, sabotageTree, type ChangedTests } from '../test-run/changed-tests.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Services } from '../services/services.ts';
import type { NamedDiff } from '../tree/tree-state.ts';
import type { ValidationInput } from './validation-input.ts';
import { collectWeakened } from './weakened-runs.ts';
import { validationSetting, type Collected, type ValidationSetting } from './validation-setting.ts';

interface Variant {
  readonly services: Services;
  readonly facts: ValidationFacts;
  readonly validation: ValidationSetting;
  readonly strict: boolean;
}

type Found = Partial<ValidationFacts>;

/** One variant of the buggy state, and what is known once it has been run. */
interface VariantStep {
  readonly name: 'weakened' | 'inverse' | 'neutral' | 'sabotage';
  readonly collect: (variant: Variant) => Promise<(gathered: ValidationFacts) => Found>;
}

/**
 * The variants that are still to be run, in the order of their checks: weakened, each file of the bug put back, commented,
 * and with tests that are made to fail or expect other values.
 */
function variantsToRun({ services, facts, validation, strict }: Variant): readonly VariantStep[] {
  const weakened: VariantStep = {
    name: 'weakened',
    collect: async (variant) => {
      const found = { weakened: await collectWeakened(services, facts, variant.validation, { strict }) };
      return () => found;
    },
  };
  const inverse = filesToPutBack(facts, validation).map((file): VariantStep => {
    return {
      name: 'inverse',
      collect: async (variant) => {
        const found = await collectReversion(variant.services, facts, variant.validation, file);
        return ({ inverse: known }) => ({ inverse: { reversions: [...(known?.reversions ?? []), found] } });
      },
    };
  });
  const neutral: VariantStep = {
    name: 'neutral',
    collect: async (variant) => {
      const found = { neutral: await collectNeutralRuns(variant.services, facts, variant.validation) };
      return () => found;
    },
  };
  const sabotage: VariantStep = {
    name: 'sabotage',
    collect: async (variant) => {
      const found = { sabotage: await collectSabotage(variant) };
      return () => found;
    },
  };
  return [
    ...(facts.weakened === undefined ? [weakened] : []),
    ...inverse,
    ...(strict && facts.neutral === undefined ? [neutral] : []),
    ...(facts.sabotage === undefined ? [sabotage] : []),
  ];
}

/**
 * How long one gathering begins new variants. A run of the tests takes up to a minute and a half and a bug has up to
 * dozens of files, so the rest is left to another activity: one that is lost costs no more than this.
 */
const GATHERING_MS = 600_000;

/**
 * Runs the variants of the buggy state. As soon as one check has failed and all before it are known to pass, what still
 * waits or runs is given up, so that the verdict is that of one gathering after the other.
 */
export async function collectVariants(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  { signal, say }: Progress,
): Promise<Collected> {
  say('running the tests on the variants of the buggy state');
  const strict = input.validation.profile === 'strict';
  const validation = await validationSetting(services, input, facts, signal);
  const variant = { services, facts, validation, strict };
  let gathered = facts;
  const durationsMs: Record<string, number> = {};
  const beganMs = performance.now();
  const ending = await untilDecided({
    signal,
    width: services.testRuns.concurrency,
    isLate: () => performance.now() - beganMs > GATHERING_MS,
    steps: variantsToRun(variant).map(({ name, collect }) => async (given) => {
      const startedMs = performance.now();
      const setting = { ...validation.setting, signal: given };
      const found = await collect({ ...variant, validation: { ...validation, setting } });
      gathered = { ...gathered, ...found(gathered) };
      durationsMs[name] = Math.round((durationsMs[name] ?? 0) + performance.now() - startedMs);
      return judgeArtifact(gathered, input.validation).verdict?.consistent === false ? 'decided' : 'open';
    }),
  });
  return { facts: gathered, durationsMs, ...(ending === 'unfinished' && { unfinished: true }) };
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
