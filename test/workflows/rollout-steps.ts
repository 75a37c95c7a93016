import type {
  ClosedRollout,
  FromHost,
  RolloutSetting,
  SandboxLease,
  SliceEnd,
} from '../../src/activities/rollout/rollout-setting.ts';
import type { HostFailure } from '../../src/workflows/failures.ts';
import { playRollout, type RolloutSteps } from '../../src/workflows/play-rollout.ts';
import { aReference, aRolloutSetting } from '../support/run-fixture.ts';

/** What a sandbox's host did to a step; `unheard`: it said nothing in it, so that counts what it said before. */
export class HostError extends Error {
  readonly kind: HostFailure['kind'] | 'unheard';

  constructor(kind: HostError['kind']) {
    super(`the host says: ${kind}`);
    this.kind = kind;
  }
}

/** A person has cancelled the rollout. */
export class Cancelled extends Error {}

export const WAITING = { status: 'waiting', problem: 'ECONNREFUSED' } as const;
export const submission = aReference('submission');
export const ended: SliceEnd = { status: 'ended', outcome: 'submitted', submission, policyVersion: 0 };
export const solver: RolloutSetting = aRolloutSetting({
  rolloutId: 'run/episode-0/solver-0',
  task: { role: 'solver', artifactId: 'bug' },
});

/** The steps of one rollout; each boot and slice takes the next of its plays, the last one for ever. */
export function rolloutSteps({
  boots = [],
  slices = [ended],
  slicesInOneHistory = Infinity,
}: {
  readonly boots?: readonly (Error | undefined)[];
  readonly slices?: readonly (FromHost<SliceEnd> | Error)[];
  readonly slicesInOneHistory?: number;
}) {
  const told: string[] = [];
  const leases: SandboxLease[] = [];
  const closed: ClosedRollout[] = [];
  const waits: (readonly ['policy' | 'store' | 'machine', number, number] | 'answered')[] = [];
  const standing = new Set<string>();
  let slice = 0;
  let boot = 0;
  const steps: RolloutSteps = {
    openRollout: () => Promise.resolve(void told.push('open')),
    bootSandbox: ({ incarnation }) => {
      told.push(`boot ${incarnation}`);
      const problem = boots[boot];
      boot += 1;
      if (problem !== undefined) return Promise.reject(problem);
      standing.add(`sandbox-${incarnation}`);
      return Promise.resolve({ sandboxId: `sandbox-${incarnation}`, hostQueue: 'host', playedThrough: -1 });
    },
    playSlice: (activity, { lease }) => {
      told.push(`${activity} in ${lease.sandboxId}`);
      leases.push(lease);
      const end = slices[Math.min(slice, slices.length - 1)] ?? ended;
      slice += 1;
      return end instanceof Error ? Promise.reject(end) : Promise.resolve(end);
    },
    closeRollout: (end) => {
      told.push(`close as ${end.outcome}`);
      return Promise.resolve(void closed.push(end));
    },
    destroySandbox: ({ sandboxId }) => {
      told.push(`destroy ${sandboxId}`);
      standing.delete(sandboxId);
      return Promise.resolve();
    },
    waitFor: ({ of, retryAfterMs }, times) => Promise.resolve(void waits.push([of, retryAfterMs, times])),
    endWait: () => void waits.push('answered'),
    hostFailureOf: (error, wasUnderLoad) => {
      if (!(error instanceof HostError)) return undefined;
      const unheard = wasUnderLoad ? 'host-overloaded' : 'host-silent';
      return { kind: error.kind === 'unheard' ? unheard : error.kind, problem: error.message };
    },
    isCancellation: (error) => error instanceof Cancelled,
    shouldContinueAsNew: () => slice > 0 && slice % slicesInOneHistory === 0,
  };
  return { steps, told, leases, closed, waits, standing };
}

/** A rollout that does not outgrow one history. */
export async function play(setting: RolloutSetting, steps: RolloutSteps) {
  const played = await playRollout(setting, undefined, steps);
  if ('unfinished' in played) throw new Error('the rollout is not at its end');
  return played.ended;
}

/** The answer of every call but the first, which is no. */
export function butTheFirstTime(ask: () => boolean): () => boolean {
  let isAsked = false;
  return () => {
    const answer = isAsked && ask();
    isAsked = true;
    return answer;
  };
}

export const unfinished = (playedThrough: number, next: 'discoverTests' | 'injectBug' | 'solveBug'): SliceEnd => ({
  status: 'unfinished',
  playedThrough,
  next,
});
