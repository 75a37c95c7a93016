import { describe, expect, it } from 'vitest';

import type { RevalidationPlan } from '../../src/activities/revalidation/revalidation-activities.ts';
import {
  newRevalidation,
  revalidateArtifacts,
  type RevalidationSteps,
} from '../../src/workflows/revalidate-artifacts.ts';
import { aConfiguration, aReference, aSubject } from '../support/run-fixture.ts';

class Lost extends Error {}

function planFor(artifactId: string): RevalidationPlan {
  if (artifactId.startsWith('gone')) return { judgeable: false, reason: 'its subject is gone' };
  const { sandbox, validation } = aConfiguration();
  const owner = { runId: 'local', episodeId: 'local' };
  const about = { owner, artifactId, strategy: 'removal', episode: null, subject: aSubject() } as const;
  return { judgeable: true, input: { ...about, submission: aReference(artifactId), sandbox, validation, drawSeed: 1 } };
}

/** Pages of two; what an artifact's name begins with is what becomes of it. */
function revalidation(ids: readonly string[], changes: Partial<RevalidationSteps> = {}) {
  const notDone: string[] = [];
  const judged: string[] = [];
  let atOnce = 0;
  let peak = 0;
  const steps: RevalidationSteps = {
    selectArtifacts: (after) => {
      const page = ids.filter((id) => after === null || id > after).slice(0, 2);
      const artifactIds = page.filter((id) => !id.startsWith('known'));
      const last = page.length < 2 ? null : (page.at(-1) ?? null);
      return Promise.resolve({ artifactIds, skipped: page.length - artifactIds.length, after: last });
    },
    planRevalidation: (id) => Promise.resolve(planFor(id)),
    revalidate: async ({ artifactId }) => {
      peak = Math.max(peak, (atOnce += 1));
      await Promise.resolve();
      atOnce -= 1;
      if (artifactId.startsWith('lost')) throw new Lost('the host is gone');
      if (artifactId.startsWith('wrong')) throw new RangeError('a mistake of ours');
      judged.push(artifactId);
      return { changed: artifactId.startsWith('other') };
    },
    recordNotDone: (id, reason) => Promise.resolve(void notDone.push(`${id}: ${reason}`)),
    problemOf: (error) => (error instanceof Lost ? error.message : undefined),
    tell: () => undefined,
    shouldContinueAsNew: () => false,
    ...changes,
  };
  const run = (limits: { limit?: number; window?: number } = {}, before = newRevalidation('r')) =>
    revalidateArtifacts({ window: 2, ...limits }, before, steps);
  return { run, notDone, judged, peak: () => peak };
}

describe('a revalidation', () => {
  it('judges every artifact, page by page, and counts what changed', async () => {
    const { run, judged } = revalidation(['a', 'known', 'other-1', 'other-2', 'z']);
    expect(await run()).toEqual({
      ...{ revalidationId: 'r', judged: 4, changed: 2, notDone: 0, skipped: 1 },
      ...{ after: null, finished: true },
    });
    expect(judged).toEqual(['a', 'other-1', 'other-2', 'z']);
  });

  it('keeps what is gone, or lost with a machine, apart from what changed', async () => {
    const { run, notDone } = revalidation(['gone', 'lost', 'same']);
    expect(await run()).toMatchObject({ judged: 1, changed: 0, notDone: 2 });
    expect(notDone.sort()).toEqual(['gone: its subject is gone', 'lost: the host is gone']);
  });

  it('ends with an error that is a mistake of ours', async () => {
    const { run, notDone } = revalidation(['wrong']);
    await expect(run()).rejects.toThrow('a mistake of ours');
    expect(notDone).toEqual([]);
  });

  it('begins nothing after such an error, and ends what it has begun', async () => {
    let ended = false;
    const begun: string[] = [];
    const { run } = revalidation(['slow', 'wrong', 'y', 'z'], {
      selectArtifacts: () => Promise.resolve({ artifactIds: ['slow', 'wrong', 'y', 'z'], skipped: 0, after: null }),
      revalidate: async ({ artifactId }) => {
        begun.push(artifactId);
        if (artifactId === 'wrong') throw new RangeError('a mistake of ours');
        await new Promise((resolve) => setTimeout(resolve, 20));
        ended = true;
        return { changed: false };
      },
    });
    await expect(run()).rejects.toThrow('a mistake of ours');
    expect([ended, begun]).toEqual([true, ['slow', 'wrong']]);
  });

  it.each([1, 2, 3])('ends at a limit of %d, known ones aside', async (limit) => {
    const { run, judged } = revalidation(['a', 'b', 'gone', 'known', 'z']);
    const { judged: count, notDone, finished } = await run({ limit });
    expect([count + notDone, finished]).toEqual([limit, true]);
    expect(judged).toEqual(['a', 'b'].slice(0, limit));
  });

  it('judges no more at once than its window', async () => {
    const { run, peak } = revalidation(['a', 'b', 'c', 'd']);
    await run({ window: 1 });
    expect(peak()).toBe(1);
  });

  it('goes on where a continued workflow left off', async () => {
    const { run, judged } = revalidation(['a', 'b', 'c'], { shouldContinueAsNew: () => true });
    const first = await run();
    expect(first).toMatchObject({ judged: 2, after: 'b', finished: false });
    expect(await run({}, first)).toMatchObject({ judged: 3, finished: true });
    expect(judged).toEqual(['a', 'b', 'c']);
  });
});
