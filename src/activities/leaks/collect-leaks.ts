import { scriptTimeLimitMs } from '../../domain/consistency.ts';
import { seedFor } from '../../domain/draw-seed.ts';
import { SandboxUnavailableError } from '../../domain/errors.ts';
import { describeLeak } from '../../domain/leaks.ts';
import { hasTimedOut } from '../../domain/test-status.ts';
import type { LeakFacts, TestRun, ValidationFacts } from '../../domain/validation-facts.ts';
import { bugOf } from '../collect-artifact.ts';
import type { Progress } from '../progress.ts';
import { withSandbox } from '../sandbox-request.ts';
import type { Services } from '../services.ts';
import { runTests } from '../test-run.ts';
import { repeatingTimeOut } from '../time-out-repeated.ts';
import { applyDiffs } from '../tree-state.ts';
import type { ValidationInput } from '../validation-activities.ts';
import type { Collected } from '../validation-setting.ts';
import { imageIndexOf } from './image-index.ts';
import { planRemedies, readTouched, takeAway, type Remedy, type RemedyPlan } from './remedies.ts';
import { touchedPaths } from './solver-tree.ts';

type WellFormed = Extract<ValidationFacts['artifact'], { wellFormed: true }>;

/** Facts for leak-unfixable: second copies of what the bug took away, and the clean state without them. */
export async function collectLeaks(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  progress: Progress,
): Promise<Collected> {
  const { artifact } = facts;
  if (!artifact.wellFormed) throw new RangeError('facts are gathered only about a well-formed artifact');
  const plan = await planOf(services, input, artifact, progress);
  if (!plan.planned) return { facts: { ...facts, leaks: { found: [], problem: plan.problem, run: null } } };
  const found = plan.remedies.map(describeLeak);
  if (found.length === 0) return { facts: { ...facts, leaks: { found, problem: null, run: null } } };
  progress.say(`running the tests on the original without ${found.length} second copies`);
  const cleanDurationMs = Math.max(0, ...(facts.original?.runs ?? []).map(({ durationMs }) => durationMs));
  const timeLimitMs = scriptTimeLimitMs(cleanDurationMs);
  const tried = await tryRemedies(services, input, { artifact, plan, timeLimitMs, signal: progress.signal });
  return { facts: { ...facts, leaks: { found, ...tried } } };
}

async function planOf(
  services: Services,
  input: ValidationInput,
  { artifact }: WellFormed,
  progress: Progress,
): Promise<RemedyPlan> {
  const { owner, subject, sandbox: config } = input;
  const index = await imageIndexOf(services, input, progress);
  const paths = touchedPaths([bugOf(artifact)]);
  return withSandbox(services, { owner, subject, config }, async (sandbox): Promise<RemedyPlan> => {
    const original = await readTouched(sandbox, paths);
    const application = await applyDiffs(sandbox, [bugOf(artifact)], progress.signal);
    if (!application.applied)
      throw new SandboxUnavailableError(`a state could not be built again: ${application.problem}`);
    const present = await readTouched(sandbox, paths);
    const problem = [original, present].find((contents) => typeof contents === 'string');
    if (typeof original === 'string' || typeof present === 'string')
      return { planned: false, problem: String(problem) };
    return planRemedies(index, paths, { original, present });
  });
}

interface Trial {
  readonly artifact: WellFormed;
  readonly plan: { readonly remedies: readonly Remedy[] };
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

type Tried = Pick<LeakFacts, 'problem' | 'run'>;

/** A time-out is repeated once with no other test run beside it, so that load never decides. */
function tryRemedies(services: Services, input: ValidationInput, trial: Trial): Promise<Tried> {
  return repeatingTimeOut(
    services,
    () => tryOnce(services, input, trial),
    ({ run }) => run !== null && hasTimedOut(run),
  );
}

function tryOnce(
  services: Services,
  input: ValidationInput,
  { artifact: { artifact }, plan, timeLimitMs, signal }: Trial,
): Promise<Tried> {
  const { owner, subject, sandbox: config } = input;
  return withSandbox(services, { owner, subject, config }, async (sandbox): Promise<Tried> => {
    const away = await takeAway(sandbox, plan.remedies, signal);
    if (!away.taken) return { problem: away.problem, run: null };
    const setting = {
      owner,
      subject,
      sandbox: config,
      artifact,
      seed: seedFor(input, 'validation', input.submission),
      signal,
    };
    const { run }: { readonly run: TestRun } = await runTests(services, sandbox, {
      ...setting,
      state: 'without second copies',
      timeLimitMs,
      repeat: 0,
    });
    return { problem: null, run };
  });
}
