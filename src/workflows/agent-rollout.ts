import { CancellationScope, setCurrentDetails, sleep } from '@temporalio/workflow';

import type { RolloutEnd, RolloutSetting } from '../activities/rollout/rollout-setting.ts';
import { bookkeeping, boot, cleanUp, onHost } from './activity-proxies.ts';
import { hostFailureOf, refusingInvalidInput } from './failures.ts';
import { playRollout, type RolloutSteps } from './play-rollout.ts';
import { mark } from './search-attributes.ts';

/** One role's work, durable across the loss of its worker or host. */
export async function agentRollout(setting: RolloutSetting): Promise<RolloutEnd> {
  const end = await playRollout(setting, steps);
  mark.rolloutEnd(end);
  return end;
}

const steps: RolloutSteps = {
  openRollout: (setting) => refusingInvalidInput(() => bookkeeping.openRollout(setting)),
  bootSandbox: async (input) => {
    setCurrentDetails(`booting sandbox ${input.incarnation + 1} of at most ${input.rollout.incarnations}`);
    const lease = await boot.bootSandbox(input);
    mark.host(lease.hostQueue);
    return lease;
  },
  playSlice: (activity, input) => {
    const turn = input.lease.playedThrough + 1;
    setCurrentDetails(`${activity} from turn ${turn} in sandbox ${input.lease.sandboxId}`);
    return onHost(input.lease.hostQueue, `${activity} from turn ${turn}`)[activity](input);
  },
  closeRollout: (end) => bookkeeping.closeRollout(end),
  destroySandbox: (lease) =>
    CancellationScope.nonCancellable(async () => {
      try {
        await cleanUp(lease.hostQueue).destroySandbox({ sandboxId: lease.sandboxId });
      } catch (error) {
        // A host that is gone cannot destroy anything: the sandbox ends with its lease, and the reaper comes behind it.
        if (hostFailureOf(error) === undefined) throw error;
      }
    }),
  waitForPolicy: async ({ retryAfterMs, problem, playedThrough }, waits) => {
    if (waits === 1) mark.waitingFor('policy');
    setCurrentDetails(`waiting for the policy at turn ${playedThrough + 1}: ${problem}`);
    // The slice itself has retried for a while; from here on the wait doubles to five minutes, so that an endpoint that
    // is down for a night is asked gently and found again soon after it is up.
    await sleep(Math.max(retryAfterMs, Math.min(300_000, 1000 * 2 ** waits)));
  },
  endWait: () => {
    mark.waitingFor(null);
  },
  hostFailureOf,
};
