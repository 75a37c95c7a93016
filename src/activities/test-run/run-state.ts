import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { takeAway, type Remedy } from '../leaks/remedies.ts';
import { withSandbox } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';
import { runTests, type NamedRun, type ObservedRun } from './run-tests.ts';
import { repeatingTimeOut } from './time-out-repeated.ts';
import { applyDiffs, type NamedDiff } from '../tree/tree-state.ts';

/** A state of the tree, and how the tests are run on it. */
export interface State extends NamedRun {
  readonly diffs: readonly NamedDiff[];
  /** What is kept from a solver of the bug, so that no state can be told from a graded tree by it. */
  readonly remedies: readonly Remedy[];
  /** What else is done to the tree, or read from it, before the run; `skip` when there is nothing to run for. */
  readonly prepare?: (sandbox: Sandbox) => Promise<'run' | 'skip'>;
}

type StateRun =
  | { readonly ending: 'run'; readonly observed: ObservedRun }
  | { readonly ending: 'skipped' }
  | { readonly ending: 'not-built'; readonly problem: string };

/** Runs the tests on a state that is known to be buildable: artifact has seen the same diffs apply to the same tree. */
export async function runState(services: Services, state: Omit<State, 'prepare'>): Promise<ObservedRun> {
  const run = await runPreparedState(services, state);
  if (run === null) throw new RangeError('a state without preparation is never skipped');
  return run;
}

/** The same with a preparation; null when it says that there is nothing to run for. */
export async function runPreparedState(services: Services, state: State): Promise<ObservedRun | null> {
  const run = await tryState(services, state);
  switch (run.ending) {
    case 'run':
      return run.observed;
    case 'skipped':
      return null;
    case 'not-built':
      throw new SandboxUnavailableError(`a state could not be built again: ${run.problem}`);
  }
}

/**
 * Builds one state fresh from the image and runs the tests on it. A time-out, of the script, of the parser or of the list
 * of what the script left, is repeated alone, so that load never decides (`repeatingTimeOut`).
 */
export async function tryState(services: Services, state: State): Promise<StateRun> {
  return repeatingTimeOut(services, () => tryStateOnce(services, state), {
    timelinessOf: (run) => (run.ending === 'run' ? run.observed.timeliness : 'in-time'),
    signal: state.signal,
  });
}

async function tryStateOnce(services: Services, state: State): Promise<StateRun> {
  const { owner, subject, sandbox: config, signal, remedies, prepare } = state;
  signal.throwIfAborted();
  return withSandbox(services, { owner, subject, config }, async (sandbox): Promise<StateRun> => {
    const application = await applyDiffs(sandbox, state.diffs, signal);
    // A command that is given up looks like one that failed.
    signal.throwIfAborted();
    if (!application.applied) return { ending: 'not-built', problem: application.problem };
    const away = await takeAway(sandbox, remedies, signal);
    if (!away.taken) return { ending: 'not-built', problem: away.problem };
    if ((await prepare?.(sandbox)) === 'skip') return { ending: 'skipped' };
    return { ending: 'run', observed: await runTests(services, sandbox, state) };
  });
}
