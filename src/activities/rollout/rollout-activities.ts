import { hideAgain, prepareTree } from './prepare-tree.ts';
import { playSlice } from './play-slice.ts';
import { stepUnderWay, type Progress, type Running } from '../services/progress.ts';
import type { FromHost, RolloutSetting, SandboxLease, SliceActivity, SliceEnd, SliceInput } from './rollout-setting.ts';
import { sandboxRequest } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';

/**
 * The steps of one rollout. `discoverTests`, `injectBug` and `solveBug` are one step under the names of the phases that
 * a person knows: each plays turns until the slice's time is over, and ends with the turn it is in.
 */
export function createRolloutActivities(services: Services, running: Running, hostQueue: string) {
  const slice =
    (activity: SliceActivity) =>
    (input: SliceInput): Promise<FromHost<SliceEnd>> =>
      running((progress) => sayingLoad(playSlice(services, input, activity, progress)));
  return {
    bootSandbox: (input: RolloutSetting & { readonly incarnation: number }): Promise<FromHost<SandboxLease>> =>
      running((progress) => sayingLoad(bootSandbox(services, { ...input, hostQueue }, progress))),
    discoverTests: slice('discoverTests'),
    injectBug: slice('injectBug'),
    solveBug: slice('solveBug'),
    destroySandbox: ({ sandboxId }: { readonly sandboxId: string }): Promise<void> =>
      running(() => services.sandboxes.destroy(sandboxId)),
  };
}

export type RolloutActivities = ReturnType<typeof createRolloutActivities>;

async function sayingLoad<Result extends object>(step: Promise<Result>): Promise<FromHost<Result>> {
  const result = await step;
  return stepUnderWay()?.isUnderLoad() === true ? { ...result, underLoad: true } : result;
}

/**
 * The back-stop behind lease and reaper. The rollout's own limit counts command time alone, and an endpoint that is down
 * is waited for, so a sandbox may stand for a night.
 */
const LIFETIME_SECONDS = 24 * 3600;

/** Boots a rollout's sandbox under a name made from the rollout, from the last snapshot where there is one. */
async function bootSandbox(
  services: Services,
  input: RolloutSetting & { readonly incarnation: number; readonly hostQueue: string },
  progress: Progress,
): Promise<SandboxLease> {
  const { rolloutId, owner, subject, incarnation, hostQueue } = input;
  const turns = await services.store.ledger.readTurns(rolloutId);
  const saved = turns.findLast(({ snapshot }) => snapshot !== null);
  const request = sandboxRequest(services, {
    work: `${rolloutId} ${incarnation}`,
    owner,
    subject,
    config: input.sandbox,
    lifetimeSeconds: LIFETIME_SECONDS,
  });
  // What a failed try of this step left behind is not known to be whole.
  await services.sandboxes.destroy(request.id);
  const snapshot = saved?.snapshot == null ? undefined : await services.store.blobs.get(saved.snapshot);
  const create = () => {
    progress.say(`booting a sandbox of ${subject.name}`);
    return services.sandboxes.create({ ...request, ...(snapshot === undefined ? {} : { snapshot }) });
  };
  const sandbox = await services.places.take(request.id, create, progress);
  try {
    if (snapshot === undefined) {
      const audit = await prepareTree(services, sandbox, input, progress);
      if (audit !== undefined) await services.store.ledger.recordAudit(rolloutId, audit);
    } else {
      await hideAgain(services, sandbox, input, progress);
    }
  } catch (error) {
    await services.sandboxes.destroy(request.id);
    throw error;
  }
  return { sandboxId: request.id, hostQueue, playedThrough: saved?.turn ?? -1 };
}
