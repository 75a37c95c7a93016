import { describe, expect, it } from 'vitest';

import { playEpisode } from '../../src/workflows/play-episode.ts';
import type { EpisodeResult } from '../../src/workflows/settle-episode.ts';
import { anEpisodeInput } from '../support/run-fixture.ts';
import { episodeSteps, type AttemptPlay } from './episode-steps.ts';

const group = (count: number, play: AttemptPlay): AttemptPlay[] => Array.from({ length: count }, () => play);
const injectorOf = ({ rewards }: EpisodeResult) => rewards.find(({ role }) => role === 'injector')?.reward;
const solversOf = ({ rewards }: EpisodeResult) =>
  rewards.filter(({ role }) => role === 'solver').map(({ reward }) => reward);

describe('rewards (docs/specification.md#rewards)', () => {
  it.each([
    { name: 's = 0', attempts: group(8, 'unsolved'), solveRate: 0, injector: -0.8 },
    {
      name: 's = 1/8',
      attempts: [...group(1, 'solved'), ...group(7, 'unsolved')],
      solveRate: 0.125,
      injector: 1 - 1.8 / 8,
    },
    { name: 's = 1/2', attempts: [...group(4, 'solved'), ...group(4, 'unsolved')], solveRate: 0.5, injector: 0.1 },
    {
      name: 's = 7/8',
      attempts: [...group(7, 'solved'), ...group(1, 'unsolved')],
      solveRate: 0.875,
      injector: 1 - 1.8 * 0.875,
    },
    { name: 's = 1', attempts: group(8, 'solved'), solveRate: 1, injector: -0.8 },
  ] as const)('$name pays the injector $injector', async ({ attempts, solveRate, injector }) => {
    const scene = episodeSteps({ attempts });
    const result = await playEpisode(anEpisodeInput(), scene.steps);
    expect(result).toMatchObject({ outcome: 'rewarded', verdict: { consistent: true }, solveRate });
    expect(injectorOf(result)).toBeCloseTo(injector, 12);
    expect(solversOf(result)).toEqual(attempts.map((attempt) => (attempt === 'solved' ? 1 : -1)));
  });

  it('a solver that submits nothing is unsolved', async () => {
    const { steps, attempts } = episodeSteps({ attempts: ['solved', 'turn-limit'] });
    const result = await playEpisode(anEpisodeInput({ config: { attempts: 2 } }), steps);
    expect(solversOf(result)).toEqual([1, -1]);
    expect(attempts[1]).toMatchObject({ outcome: 'unsolved', patch: null });
  });

  it.each(['no-submission', 'turn-limit', 'context-limit', 'time-limit'] as const)(
    'an injection that ends by %s pays -1 and is not validated',
    async (outcome) => {
      const { steps, settlements, validated, played } = episodeSteps({ injections: [outcome] });
      const result = await playEpisode(anEpisodeInput(), steps);
      expect(result.rewards).toEqual([{ role: 'injector', attempt: 0, reward: -1 }]);
      expect(settlements).toMatchObject([{ outcome: 'rewarded', check: 'no-submission', artifactId: null }]);
      expect(validated).toEqual([]);
      expect(played).toHaveLength(1);
    },
  );

  it('an inconsistent artifact pays -1, names its check and is not played', async () => {
    const verdict = { consistent: false, check: 'parser', detail: 'no JSON' } as const;
    const { steps, settlements, played } = episodeSteps({ verdict });
    const result = await playEpisode(anEpisodeInput(), steps);
    expect(result).toMatchObject({ verdict, solveRate: null });
    expect(result.rewards).toEqual([{ role: 'injector', attempt: 0, reward: -1 }]);
    expect(settlements).toMatchObject([{ check: 'parser', artifactId: 'run/episode-0/bug' }]);
    expect(played.map(({ task }) => task.role)).toEqual(['injector']);
  });

  it('alpha is a parameter', async () => {
    const { steps } = episodeSteps({ attempts: group(2, 'unsolved') });
    const config = { attempts: 2, rewards: { alpha: 0.25 } };
    expect(injectorOf(await playEpisode(anEpisodeInput({ config }), steps))).toBe(-0.25);
  });

  it('the consistency-only variant pays a consistent artifact +1 whatever is solved', async () => {
    const { steps } = episodeSteps({ attempts: group(2, 'unsolved') });
    const config = { attempts: 2, rewards: { variant: 'consistency-only' } };
    expect(injectorOf(await playEpisode(anEpisodeInput({ config }), steps))).toBe(1);
  });

  it("solvers' advantages are rewards minus the mean of their group", async () => {
    const { steps, settlements } = episodeSteps({ attempts: ['solved', 'unsolved', 'unsolved', 'unsolved'] });
    await playEpisode(anEpisodeInput({ config: { attempts: 4 } }), steps);
    const rows = settlements[0]?.rewards ?? [];
    expect(rows.map(({ role, advantage }) => [role, advantage])).toEqual([
      ['injector', null],
      ['solver', 1.5],
      ['solver', -0.5],
      ['solver', -0.5],
      ['solver', -0.5],
    ]);
  });

  it('an episode is settled exactly once', async () => {
    const { steps, settlements } = episodeSteps({ attempts: ['solved', 'unsolved'] });
    await playEpisode(anEpisodeInput({ config: { attempts: 2 } }), steps);
    expect(settlements).toHaveLength(1);
  });
});

describe('a group of attempts', () => {
  it('has G members with seeds of their own', async () => {
    const { steps, played } = episodeSteps();
    await playEpisode(anEpisodeInput(), steps);
    const solvers = played.filter(({ task }) => task.role === 'solver');
    expect(solvers).toHaveLength(8);
    expect(new Set(solvers.map(({ seed }) => seed)).size).toBe(8);
  });

  it('plays the same seeds again for the same episode', async () => {
    const [one, other] = [episodeSteps(), episodeSteps()];
    await playEpisode(anEpisodeInput(), one.steps);
    await playEpisode(anEpisodeInput(), other.steps);
    expect(one.played).toEqual(other.played);
  });
});

describe('a bug of a library', () => {
  const bug = 'library/abc';

  it('is played without an injector or a validation, and pays its solvers', async () => {
    const { steps, played, settlements, validated } = episodeSteps({ attempts: ['solved', 'unsolved'] });
    const result = await playEpisode(anEpisodeInput({ config: { attempts: 2 }, bug }), steps);
    expect(result).toMatchObject({ outcome: 'rewarded', solveRate: 0.5, verdict: { consistent: true } });
    expect(played.map(({ task }) => task)).toEqual([
      { role: 'solver', artifactId: bug },
      { role: 'solver', artifactId: bug },
    ]);
    expect(validated).toEqual([]);
    expect(settlements[0]).toMatchObject({ artifactId: bug });
    expect(settlements[0]?.rewards.map(({ role, reward }) => [role, reward])).toEqual([
      ['solver', 1],
      ['solver', -1],
    ]);
  });

  it('yields second-order bugs like any other', async () => {
    const { steps, recycles } = episodeSteps({ attempts: ['solved', 'unsolved'], recycled: ['second'] });
    const { recycled } = await playEpisode(anEpisodeInput({ config: { attempts: 2 }, bug }), steps);
    expect(recycles).toMatchObject([{ artifactId: bug }]);
    expect(recycled).toEqual([{ artifactId: 'second', injectorRolloutId: null }]);
  });
});

describe('second-order bugs (docs/specification.md#higher-order-bugs)', () => {
  const parent = { artifactId: 'run/episode-0/attempt-1/bug', injectorRolloutId: 'run/episode-0/injector' };

  it('come from failed attempts of a first-order bug, at most max_per_bug', async () => {
    const { steps, recycles } = episodeSteps({ attempts: ['solved', 'unsolved'], recycled: [parent.artifactId] });
    const config = { attempts: 2, higher_order: { max_per_bug: 3 } };
    const result = await playEpisode(anEpisodeInput({ config }), steps);
    expect(result.recycled).toEqual([parent]);
    expect(recycles).toMatchObject([{ artifactId: 'run/episode-0/bug', maxPerBug: 3, seed: 5 }]);
    expect(recycles[0]?.attempts).toMatchObject([{ outcome: 'solved' }, { outcome: 'unsolved' }]);
  });

  it('are not asked for when every final attempt solved the bug', async () => {
    const { steps, recycles } = episodeSteps({ attempts: ['solved', 'lost'] });
    await playEpisode(anEpisodeInput({ config: { attempts: 2 } }), steps);
    expect(recycles).toEqual([]);
  });

  it('are not asked for when higher order is off', async () => {
    const { steps, recycles } = episodeSteps();
    await playEpisode(anEpisodeInput({ config: { attempts: 2, higher_order: { enabled: false } } }), steps);
    expect(recycles).toEqual([]);
  });

  it('are not asked for when only injectors learn', async () => {
    const { steps, recycles } = episodeSteps({ attempts: ['solved', 'unsolved'] });
    await playEpisode(anEpisodeInput({ config: { attempts: 2, mode: 'injection-only' } }), steps);
    expect(recycles).toEqual([]);
  });

  it('are never recycled again', async () => {
    const { steps, recycles } = episodeSteps();
    const result = await playEpisode(anEpisodeInput({ parent, groupId: null, config: { attempts: 2 } }), steps);
    expect(recycles).toEqual([]);
    expect(result.recycled).toEqual([]);
  });

  it('are played without an injector or a validation, and pay their solvers only', async () => {
    const { steps, played, validated } = episodeSteps({ attempts: ['solved', 'unsolved'] });
    const result = await playEpisode(anEpisodeInput({ parent, groupId: null, config: { attempts: 2 } }), steps);
    expect(played.map(({ task }) => task)).toEqual(
      [0, 1].map(() => ({ role: 'solver', artifactId: parent.artifactId })),
    );
    expect(validated).toEqual([]);
    expect(result.rewards.map(({ role }) => role)).toEqual(['solver', 'solver']);
  });

  it('pay the injector behind the parent too when reward_injector is set', async () => {
    const { steps, settlements } = episodeSteps({ attempts: ['solved', 'unsolved'] });
    const config = { attempts: 2, higher_order: { reward_injector: true } };
    await playEpisode(anEpisodeInput({ parent, groupId: null, config }), steps);
    expect(settlements[0]?.rewards[0]).toMatchObject({ role: 'injector', rolloutId: parent.injectorRolloutId });
    expect(settlements[0]?.rewards[0]?.reward).toBeCloseTo(0.1, 12);
  });
});
