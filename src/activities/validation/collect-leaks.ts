import { secondCopiesCanGo } from '../../domain/checks/consistency.ts';
import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { describeLeak } from '../../domain/leaks/leaks.ts';
import type { LeakFacts, ValidationFacts } from '../../domain/checks/validation-facts.ts';
import { bugOf } from '../artifact/named-diffs.ts';
import type { Progress } from '../services/progress.ts';
import { tryState } from '../test-run/run-state.ts';
import { withSandbox } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';
import { applyDiffs, type NamedDiff } from '../tree/tree-state.ts';
import type { ValidationInput } from './validation-input.ts';
import { validationSetting, type Collected } from './validation-setting.ts';
import { imageIndexOf } from '../leaks/kept-image-index.ts';
import { keepRemedies } from '../leaks/kept-remedies.ts';
import { planRemedies, readTouched, type Remedy, type RemedyPlan } from '../leaks/remedies.ts';
import { touchedPaths } from '../leaks/solver-tree.ts';

/**
 * Facts for leak-unfixable: second copies of what the bug took away, and the clean state without them. They come before
 * those of the buggy state, because every state but the clean one is built without the copies, as graded trees are.
 */
export async function collectLeaks(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  progress: Progress,
): Promise<Collected> {
  const { artifact } = facts;
  if (!artifact.wellFormed) throw new RangeError('facts are gathered only about a well-formed artifact');
  const plan = await planOf(services, input, bugOf(artifact.artifact), progress);
  const leaks = plan.planned
    ? await tryWithout(services, input, { facts, remedies: plan.remedies, progress })
    : { found: [], problem: plan.problem, run: null };
  return { facts: { ...facts, leaks: await keptWhereFixable(services, input, { facts, leaks, plan }) } };
}

/** Where the copies cannot go the artifact is refused for that, so its other states are built with them. */
async function keptWhereFixable(
  { store: { blobs } }: Services,
  { validation }: ValidationInput,
  { facts, leaks, plan }: { readonly facts: ValidationFacts; readonly leaks: LeakFacts; readonly plan: RemedyPlan },
): Promise<LeakFacts> {
  if (!plan.planned || plan.remedies.length === 0) return leaks;
  if (!secondCopiesCanGo({ ...facts, leaks }, validation)) return leaks;
  return { ...leaks, remedies: await keepRemedies(blobs, plan.remedies) };
}

async function planOf(
  services: Services,
  input: ValidationInput,
  bug: NamedDiff,
  progress: Progress,
): Promise<RemedyPlan> {
  const { owner, subject, sandbox: config } = input;
  const index = await imageIndexOf(services, input, progress);
  const paths = touchedPaths([bug]);
  return withSandbox(services, { owner, subject, config }, async (sandbox): Promise<RemedyPlan> => {
    const original = await readTouched(sandbox, paths);
    const application = await applyDiffs(sandbox, [bug], progress.signal);
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
  readonly facts: ValidationFacts;
  readonly remedies: readonly Remedy[];
  readonly progress: Progress;
}

async function tryWithout(
  services: Services,
  input: ValidationInput,
  { facts, remedies, progress: { signal, say } }: Trial,
): Promise<LeakFacts> {
  const found = remedies.map(describeLeak);
  if (found.length === 0) return { found, problem: null, run: null };
  say(`running the tests on the original without ${found.length} second copies`);
  const { setting, timeLimitMs } = await validationSetting(services, input, facts, signal);
  const state = { state: 'without second copies', diffs: [], remedies, timeLimitMs, repeat: 0 };
  const tried = await tryState(services, { ...setting, ...state });
  if (tried.ending === 'skipped') throw new RangeError('a state without preparation is never skipped');
  if (tried.ending === 'not-built') return { found, problem: tried.problem, run: null };
  return { found, problem: null, run: tried.observed.run };
}
