import type {
  RolloutEnd,
  RolloutSetting,
  SandboxLease,
  SliceActivity,
  SliceEnd,
} from '../activities/rollout/rollout-setting.ts';
import type { HostFailure } from './failures.ts';

export interface RolloutSteps {
  readonly openRollout: (setting: RolloutSetting) => Promise<void>;
  readonly bootSandbox: (input: RolloutSetting & { readonly incarnation: number }) => Promise<SandboxLease>;
  readonly playSlice: (
    activity: SliceActivity,
    input: RolloutSetting & { readonly lease: SandboxLease },
  ) => Promise<SliceEnd>;
  readonly closeRollout: (end: RolloutEnd) => Promise<void>;
  /** Runs even when the rollout is cancelled. */
  readonly destroySandbox: (lease: SandboxLease) => Promise<void>;
  /** Until the policy's endpoint may answer again; `waits` counts from 1 since it answered last. */
  readonly waitForPolicy: (slice: Extract<SliceEnd, { status: 'waiting' }>, waits: number) => Promise<void>;
  /** It has answered again. */
  readonly endWait: () => void;
  /** What a failed step means for the rollout; undefined when it means nothing and the error goes on. */
  readonly hostFailureOf: (error: unknown) => HostFailure | undefined;
}

/**
 * One role's work in a sandbox, slice by slice (DESIGN 3, 4).
 *
 * A silent host is asked once more, for a restarted worker finds its sandboxes again; then, and when the sandbox is
 * gone, the rollout goes on in a new one from the last snapshot. Incarnations are bounded: a rollout that has used them
 * up is lost, and a lost rollout is never a reward.
 */
export async function playRollout(setting: RolloutSetting, steps: RolloutSteps): Promise<RolloutEnd> {
  await steps.openRollout(setting);
  const { rolloutId } = setting;
  for (let incarnation = 0; incarnation < setting.rollout.incarnations; incarnation += 1) {
    const lease = await orHostFailure(steps, () => steps.bootSandbox({ ...setting, incarnation }));
    if (typeof lease === 'string') continue;
    try {
      const end = await playInSandbox(setting, steps, lease);
      if (end === undefined) continue;
      const { outcome, submission, policyVersion } = end;
      const rolloutEnd: RolloutEnd = { rolloutId, outcome, submission, policyVersion };
      await steps.closeRollout(rolloutEnd);
      return rolloutEnd;
    } finally {
      await steps.destroySandbox(lease);
    }
  }
  const lost: RolloutEnd = { rolloutId, outcome: 'lost', submission: null, policyVersion: null };
  await steps.closeRollout(lost);
  return lost;
}

/** Plays slices until the rollout ends; undefined when the sandbox is lost. */
async function playInSandbox(
  setting: RolloutSetting,
  steps: RolloutSteps,
  booted: SandboxLease,
): Promise<Extract<SliceEnd, { status: 'ended' }> | undefined> {
  let lease = booted;
  let activity: SliceActivity = setting.task.role === 'solver' ? 'solveBug' : 'discoverTests';
  let waits = 0;
  let askedAgain = false;
  for (;;) {
    const current = lease;
    const slice = await orHostFailure(steps, () => steps.playSlice(activity, { ...setting, lease: current }));
    if (typeof slice === 'string') {
      if (slice === 'sandbox-gone' || askedAgain) return undefined;
      askedAgain = true;
      continue;
    }
    if (slice.status !== 'waiting' && waits > 0) steps.endWait();
    if (slice.status === 'ended') return slice;
    askedAgain = false;
    lease = { ...lease, playedThrough: slice.playedThrough };
    activity = slice.next;
    waits = slice.status === 'waiting' ? waits + 1 : 0;
    if (slice.status === 'waiting') await steps.waitForPolicy(slice, waits);
  }
}

/** The step's result, or what the host or the sandbox did to it. */
async function orHostFailure<Result>(steps: RolloutSteps, step: () => Promise<Result>): Promise<Result | HostFailure> {
  try {
    return await step();
  } catch (error) {
    const failure = steps.hostFailureOf(error);
    if (failure === undefined) throw error;
    return failure;
  }
}
