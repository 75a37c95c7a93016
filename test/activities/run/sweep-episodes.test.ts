import { describe, expect, it } from 'vitest';

import { createSweepActivities, type WorkflowStandings } from '../../../src/activities/run/sweep-episodes.ts';
import { NOTHING_LEFT } from '../../../src/domain/run/episode-end.ts';
import { createFakeServices, plainly } from '../../support/fake-services.ts';
import { fillStore, PLAYED } from '../../support/ledger-builders.ts';

type Standing = Awaited<ReturnType<WorkflowStandings['standingOf']>>;

/** A filled ledger, and a server that says the same of every workflow. */
async function sweep(standing: Standing, episodeIds: readonly string[]) {
  const { services } = await createFakeServices();
  await fillStore(services.store);
  const { ledger } = services.store;
  const workflows = { standingOf: () => Promise.resolve(standing) };
  const { sweepEpisodes } = createSweepActivities(services, workflows, plainly);
  const look = () => sweepEpisodes({ episodeIds });
  return { ledger, look, swept: await look() };
}

const played = {
  episodeId: PLAYED.episode,
  outcome: 'rewarded',
  consistent: true,
  recycled: [{ artifactId: PLAYED.secondOrderBug, injectorRolloutId: `${PLAYED.episode}/injector` }],
  misconfiguration: null,
} as const;

describe('an episode that runs', () => {
  it('is left alone', async () => {
    const { swept, ledger } = await sweep('running', [PLAYED.openEpisode]);
    expect(swept).toEqual({ ended: [], absent: [] });
    expect(await ledger.findEpisode(PLAYED.openEpisode)).toMatchObject({ outcome: null });
  });
});

describe('an episode that is over', () => {
  it('ends as it is settled, with the second-order bugs that it left', async () => {
    const { swept } = await sweep('closed', [PLAYED.episode]);
    expect(swept).toEqual({ ended: [played], absent: [] });
  });

  it('leaves no bugs of third order', async () => {
    const { swept } = await sweep('closed', [PLAYED.secondOrderEpisode]);
    expect(swept.ended).toMatchObject([{ episodeId: PLAYED.secondOrderEpisode, recycled: [] }]);
  });

  it('is settled as lost where it could not settle itself, once', async () => {
    const { swept, look, ledger } = await sweep('closed', [PLAYED.openEpisode]);
    const lost = { ...NOTHING_LEFT, episodeId: PLAYED.openEpisode, outcome: 'lost' };
    expect(swept).toEqual({ ended: [lost], absent: [] });
    expect(await ledger.findEpisode(PLAYED.openEpisode)).toMatchObject({
      outcome: 'lost',
      problem: 'its workflow was ended from outside before it was settled',
      endedAt: expect.any(String),
    });
    expect(await ledger.listRewards(PLAYED.openEpisode)).toEqual([]);
    expect(await look()).toEqual(swept);
  });

  it('is lost where it ended before its first step', async () => {
    const { swept } = await sweep('closed', ['run/episode-77']);
    expect(swept.ended).toEqual([{ ...NOTHING_LEFT, episodeId: 'run/episode-77', outcome: 'lost' }]);
  });
});

describe('an episode that the server does not know', () => {
  it('ends as it is settled, for a server forgets', async () => {
    expect((await sweep('absent', [PLAYED.episode])).swept).toEqual({ ended: [played], absent: [] });
  });

  it('is absent where it has no end, and its row stays open', async () => {
    const { swept, ledger } = await sweep('absent', [PLAYED.openEpisode, 'run/episode-77']);
    expect(swept.ended).toEqual([]);
    expect(swept.absent.toSorted()).toEqual([PLAYED.openEpisode, 'run/episode-77'].toSorted());
    expect(await ledger.findEpisode(PLAYED.openEpisode)).toMatchObject({ outcome: null });
  });
});
