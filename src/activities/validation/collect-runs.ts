import { setTimeout as delay } from 'node:timers/promises';

import { repetitionsOf } from '../../domain/checks/validation-profile.ts';
import type { OriginalFacts, ScriptEffects, ValidationFacts } from '../../domain/checks/validation-facts.ts';
import { failsItsState, twinsOf } from '../../domain/report/test-status.ts';
import { allDone } from '../services/all-done.ts';
import { untilDecided } from '../services/until-decided.ts';
import { bugOf } from '../artifact/named-diffs.ts';
import { lookAtOriginal, type OriginalLook } from './look-at-original.ts';
import { conflictingExperiments, parserExperiments, truncatedBuggyLogs } from './parser-experiments.ts';
import type { Progress } from '../services/progress.ts';
import { runPreparedState, runState } from '../test-run/run-state.ts';
import type { Services } from '../services/services.ts';
import type { ObservedRun } from '../test-run/run-tests.ts';
import { changedFiles } from '../tree/tree-listing.ts';
import type { ValidationInput } from './validation-input.ts';
import { firstOf, range, validationSetting, type Collected } from './validation-setting.ts';

/** Facts for the checks test-files, parser and test-script: the original tree, run as often as the profile says. */
export async function collectOriginalRuns(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  { signal, say }: Progress,
): Promise<Collected> {
  const { artifact, setting, timeLimitMs } = await validationSetting(services, input, facts, signal);
  const { profile } = input.validation;
  const count = repetitionsOf(profile).clean;
  say(`running the tests on the original, ${count} times`);
  let look: OriginalLook | undefined;
  const runs = await runsOfState(services, { count, signal }, async (repeat, given) => {
    const run = await runPreparedState(services, {
      ...setting,
      signal: given,
      state: 'original',
      diffs: [],
      timeLimitMs,
      repeat,
      observed: true,
      prepare: async (sandbox) => {
        if (repeat === 0) look = await lookAtOriginal(sandbox, artifact, { profile, signal: given });
        return 'run';
      },
    });
    // The first run is waited for even if the second would do: what the tree holds is asked in it.
    return { run, decides: look !== undefined };
  });
  const first = firstOf(runs);
  if (look === undefined) throw new RangeError('the original is looked at before its first run');
  say('trying the parser on changed logs');
  const startedAt = performance.now();
  // A parser that does not read the log as it is has failed, whatever it makes of others.
  const isAsked = profile === 'strict' && runs.every(({ run }) => run.reading.valid);
  const asking = { ...setting, twins: twinsOf([first.run]) };
  const parser = isAsked ? await parserExperiments(services, asking, first) : [];
  const done = { runs: runs.map(({ run }) => run), ...doneByScript(runs) };
  const original: OriginalFacts = { ...look, ...done, parser, log: first.log };
  return { facts: { ...facts, original }, durationsMs: { parser: Math.round(performance.now() - startedAt) } };
}

/** Facts for bug-validity and determinism: the bug applied, the tests as they were. */
export async function collectBuggyRuns(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  { signal, say }: Progress,
): Promise<Collected> {
  const { artifact, setting, timeLimitMs } = await validationSetting(services, input, facts, signal);
  const strict = input.validation.profile === 'strict';
  const count = repetitionsOf(input.validation.profile).buggy;
  say(`running the tests on the buggy state, ${count} times`);
  const diffs = [bugOf(artifact)];
  const runs = await runsOfState(services, { count, signal }, async (repeat, given) => {
    if (repeat >= count / 2) await delay(ANOTHER_SECOND_MS, undefined, { signal: given });
    const state = { state: 'buggy', diffs, timeLimitMs, repeat, observed: strict };
    return { run: await runState(services, { ...setting, ...state, signal: given }), decides: true };
  });
  const first = firstOf(runs);
  const { original } = facts;
  const experiments =
    strict && original !== undefined
      ? await allDone([
          conflictingExperiments(services, setting, original, first),
          truncatedBuggyLogs(services, setting, original, first),
        ])
      : [[], []];
  const [conflicting = [], truncated = []] = experiments;
  const buggy = { runs: runs.map(({ run }) => run), conflicting, truncated, ...doneByScript(runs) };
  return { facts: { ...facts, buggy } };
}

/**
 * Runs of one state, as many at once as the host has places, in their order; those that come after one that fails the
 * state by itself are left out.
 */
async function runsOfState(
  services: Services,
  { count, signal }: { readonly count: number; readonly signal: AbortSignal },
  run: (
    repeat: number,
    signal: AbortSignal,
  ) => Promise<{ readonly run: ObservedRun | null; readonly decides: boolean }>,
): Promise<readonly ObservedRun[]> {
  const found: (ObservedRun | null)[] = Array.from({ length: count }, () => null);
  await untilDecided({
    signal,
    width: services.testRuns.concurrency,
    steps: range(count).map((repeat) => async (given) => {
      const done = await run(repeat, given);
      found[repeat] = done.run;
      return done.decides && done.run !== null && failsItsState(done.run.run) ? 'decided' : 'open';
    }),
  });
  return found.filter((run) => run !== null);
}

/**
 * The later half of the runs starts in another second than the first, where there are cores for all at once: what is
 * seeded by the clock's seconds then shows. On two cores most scripts take longer than this anyway.
 */
const ANOTHER_SECOND_MS = 1_000;

/** What the script did to the tree in any of these runs; a tree that it made too large to see has a problem. */
export function doneByScript(runs: readonly ObservedRun[]): ScriptEffects {
  const problem = runs.flatMap(({ before, after }) => [before, after]).find((reading) => !reading.listed)?.problem;
  const changed = runs.flatMap(({ before, after }) =>
    before.listed && after.listed ? changedFiles(before.tree, after.tree) : [],
  );
  return { changedByScript: [...new Set(changed)], ...(problem !== undefined && { treeProblem: problem }) };
}
