import { beforeEach, describe, expect, it } from 'vitest';

import type { Services } from '../../../src/activities/services/services.ts';
import { rememberBlobs } from '../../../src/store/remembered-blobs.ts';
import { countRequests } from '../../store/count-requests.ts';
import { aRolloutUnderWay, bash, letTimePass } from './slice-fixture.ts';

/** A slice for each turn, as with a model that takes longer for a reply than a slice lasts. */
const TURNS = 12;
const config = { rollout: { slice_seconds: 0.0001, turns: TURNS } };
/** No two alike, so that no two journal entries are. */
const injector = Array.from({ length: TURNS }, (_, turn) => bash(`ls ${turn}`));

beforeEach(letTimePass);

/** Services of a process that has just started: it remembers nothing yet. */
function aProcess(services: Services) {
  const { blobs, requests } = countRequests(services.store.blobs);
  const changed = { ...services, store: { ...services.store, blobs: rememberBlobs(blobs) } };
  return { services: changed, requests };
}

async function playToTheEnd({ play, lease }: Awaited<ReturnType<typeof aRolloutUnderWay>>, services: Services) {
  let slices = 1;
  let end = await play({ services });
  for (; end.status !== 'ended'; slices++) {
    end = await play({ services, lease: { ...lease, playedThrough: end.playedThrough } });
  }
  return slices;
}

describe('the journal of a rollout in many slices', () => {
  it('is not fetched by who has written it, and each entry of it is put once', async () => {
    const rollout = await aRolloutUnderWay({ script: { injector }, config });
    const { services, requests } = aProcess(rollout.services);
    expect(await playToTheEnd(rollout, services)).toBe(TURNS);
    // The prompt, and a reply and an observation a turn.
    expect(requests).toMatchObject({ gets: 0, puts: 1 + 2 * TURNS });
  });

  it('is fetched once by who takes it over, a few entries at a time', async () => {
    const rollout = await aRolloutUnderWay({ script: { injector }, config });
    const { play, lease } = rollout;
    let end = await play();
    for (let slice = 1; slice < TURNS / 2 && end.status !== 'ended'; slice++) {
      end = await play({ lease: { ...lease, playedThrough: end.playedThrough } });
    }
    const { services, requests } = aProcess(rollout.services);
    await playToTheEnd(rollout, services);
    expect(requests.gets).toBe(TURNS);
    expect(requests.mostGetsAtOnce).toBeLessThanOrEqual(16);
  });
});
