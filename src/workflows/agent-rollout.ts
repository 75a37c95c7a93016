import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';

import type { RolloutEnd, RolloutSetting } from '../activities/rollout/rollout-setting.ts';
import { bookkeeping, boot, cleanUp, onHost } from './activity-proxies.ts';
import { hostFailureOf, refusingInvalidInput } from './failures.ts';
import { playRollout, type RolloutState, type RolloutSteps } from './play-rollout.ts';
import { mark } from './workflow-marks.ts';
import { waitMs } from './waits.ts';

/**
 * One role's work, durable across the loss of its worker or host. Its journal is in the ledger; `begun` is what a
 * history that has grown long hands on beside it.
 */
export async function agentRollout(setting: RolloutSetting, begun?: RolloutState): Promise<RolloutEnd> {
  const play = await playRollout(setting, begun, steps);
  if ('unfinished' in play) return continueAsNew<typeof agentRollout>(setting, play.unfinished);
  mark.rolloutEnd(play.ended);
  return play.ended;
}

const steps: RolloutSteps = {
  // What is cancelled meanwhile is opened all the same, so that it can be closed.
  openRollout: (setting) =>
    CancellationScope.nonCancellable(() => refusingInvalidInput(() => bookkeeping.openRollout(setting))),
  bootSandbox: async (input) => {
    setCurrentDetails(`booting sandbox ${input.incarnation + 1}`);
    const lease = await boot.bootSandbox({ ...input, execution: workflowInfo().runId });
    mark.host(lease.hostQueue);
    return lease;
  },
  playSlice: (activity, input) => {
    const turn = input.lease.playedThrough + 1;
    setCurrentDetails(`${activity} from turn ${turn} in sandbox ${input.lease.sandboxId}`);
    return onHost(input.lease.hostQueue, `${activity} from turn ${turn}`)[activity](input);
  },
  closeRollout: (end) => CancellationScope.nonCancellable(() => bookkeeping.closeRollout(end)),
  destroySandbox: (lease) =>
    CancellationScope.nonCancellable(async () => {
      try {
        await cleanUp(lease.hostQueue).destroySandbox({ sandboxId: lease.sandboxId });
      } catch (error) {
        // A host that is gone cannot destroy anything: the sandbox ends with its lease, and the reaper comes behind it.
        if (hostFailureOf(error) === undefined) throw error;
      }
    }),
  waitFor: async ({ of, turn, retryAfterMs, problem }, times) => {
    if (times === 1) mark.waitingFor(of);
    setCurrentDetails(`waiting for the ${of} ${turn === null ? 'to begin' : `at turn ${turn}`}: ${problem}`);
    await sleep(Math.max(retryAfterMs, waitMs(times)));
  },
  endWait: () => {
    mark.waitingFor(null);
  },
  hostFailureOf,
  isCancellation,
  // A new history knows nothing of a cancellation that this one was asked for.
  shouldContinueAsNew: () => workflowInfo().continueAsNewSuggested && !CancellationScope.current().consideredCancelled,
};
