import { describe, expect, it } from 'vitest';

import { playEpisode } from '../../src/workflows/play-episode.ts';
import type { EpisodeResult } from '../../src/workflows/settle-episode.ts';
import { anEpisodeInput } from '../support/run-fixture.ts';
import { Cancelled, episodeSteps, MachineFailure, type AttemptPlay } from './episode-steps.ts';

const group = (count: number, play: AttemptPlay): AttemptPlay[] => Array.from({ length: count }, () => play);
const solversOf = ({ rewards }: EpisodeResult) =>
  rewards.filter(({ role }) => role === 'solver').map(({ reward }) => reward);

describe('a lost machine is never a reward (docs/specification.md#lost)', () => {
  it('plays a lost injection again from its beginning, a bounded number of times', async () => {
    const { steps, played, settlements } = episodeSteps({ injections: ['lost'] });
    const result = await playEpisode(anEpisodeInput({ config: { rollout: { replays: 2 } } }), steps);
    expect(played.map(({ rolloutId }) => rolloutId)).toEqual([
      'run/episode-0/injector',
      'run/episode-0/injector.replay-1',
      'run/episode-0/injector.replay-2',
    ]);
    expect(new Set(played.map(({ seed }) => seed)).size).toBe(1);
    expect(result).toMatchObject({ outcome: 'lost', rewards: [], verdict: null });
    const problem = 'run/episode-0/injector.replay-2 was lost: its host is gone';
    expect(settlements).toMatchObject([{ outcome: 'lost', rewards: [], problem }]);
  });

  it('an injection that succeeds when it is played again is as good as any', async () => {
    const { steps, settlements } = episodeSteps({
      injections: ['lost', 'submitted'],
      attempts: ['solved', 'unsolved'],
    });
    await playEpisode(anEpisodeInput({ config: { attempts: 2 } }), steps);
    expect(settlements[0]?.rewards[0]).toMatchObject({
      role: 'injector',
      rolloutId: 'run/episode-0/injector.replay-1',
    });
  });

  it('masks lost attempts: s counts the final ones, and they earn nothing', async () => {
    const { steps, attempts } = episodeSteps({ attempts: ['solved', 'lost', 'unsolved', 'unsolved'] });
    const result = await playEpisode(anEpisodeInput({ config: { attempts: 4 } }), steps);
    expect(result.solveRate).toBeCloseTo(1 / 3, 12);
    expect(result.rewards.filter(({ role }) => role === 'solver').map(({ attempt }) => attempt)).toEqual([0, 2, 3]);
    expect(attempts.find(({ attempt }) => attempt === 1)).toMatchObject({ outcome: 'lost', patch: null });
  });

  it('plays a lost attempt again', async () => {
    const { steps, played } = episodeSteps({ attempts: ['lost-then-solved', 'unsolved'] });
    const result = await playEpisode(anEpisodeInput({ config: { attempts: 2 } }), steps);
    expect(result.solveRate).toBe(0.5);
    const first = played.filter(({ task, attempt }) => task.role === 'solver' && attempt === 0);
    expect(first.map(({ rolloutId }) => rolloutId)).toEqual([
      'run/episode-0/solver-0',
      'run/episode-0/solver-0.replay-1',
    ]);
  });

  it('plays no attempt again when no replays are configured', async () => {
    const { steps, played } = episodeSteps({ attempts: ['lost-then-solved', 'unsolved'] });
    const config = { attempts: 2, rollout: { replays: 0 } };
    expect((await playEpisode(anEpisodeInput({ config }), steps)).solveRate).toBe(0);
    expect(played.filter(({ task }) => task.role === 'solver')).toHaveLength(2);
  });

  it('an attempt whose grading is lost counts nowhere', async () => {
    const { steps, attempts } = episodeSteps({ attempts: ['solved', 'grading-lost'] });
    const result = await playEpisode(anEpisodeInput({ config: { attempts: 2 } }), steps);
    expect(solversOf(result)).toEqual([1]);
    const reason = 'its grading was lost: the sandbox host is gone';
    expect(attempts.find(({ attempt }) => attempt === 1)).toMatchObject({ outcome: 'lost', reason });
  });

  it.each([
    { final: 3, attempts: [...group(3, 'unsolved'), ...group(5, 'lost')], outcome: 'lost' },
    { final: 4, attempts: [...group(4, 'unsolved'), ...group(4, 'lost')], outcome: 'rewarded' },
  ] as const)('with $final final attempts of 8 a group is $outcome', async ({ attempts, outcome }) => {
    const { steps, settlements, phases } = episodeSteps({ attempts });
    const result = await playEpisode(anEpisodeInput(), steps);
    expect(result.outcome).toBe(outcome);
    expect(result.rewards.length).toBe(outcome === 'lost' ? 0 : 5);
    expect(settlements).toHaveLength(1);
    expect(phases.includes('reward')).toBe(outcome === 'rewarded');
    const why = /^5 of 8 attempts were lost, the first of them because .*solver-3.* was lost: its host is gone$/;
    if (outcome === 'lost') expect(settlements[0]?.problem).toMatch(why);
    else expect(settlements[0]?.problem).toBeNull();
  });

  it('min_valid_attempts is a parameter', async () => {
    const { steps } = episodeSteps({ attempts: ['unsolved', 'lost', 'lost', 'lost'] });
    const config = { attempts: 4, min_valid_attempts: 1 };
    expect((await playEpisode(anEpisodeInput({ config }), steps)).outcome).toBe('rewarded');
  });

  it('an artifact whose validation is lost to a machine earns nothing', async () => {
    const { steps, settlements } = episodeSteps({ verdict: new MachineFailure('the host is gone') });
    const result = await playEpisode(anEpisodeInput(), steps);
    expect(result).toMatchObject({ outcome: 'lost', verdict: null, rewards: [] });
    expect(settlements).toMatchObject([{ outcome: 'lost', rewards: [], problem: 'the host is gone' }]);
  });

  it('an error of ours in validation fails the episode and pays nobody', async () => {
    const { steps, settlements } = episodeSteps({ verdict: new Error('a bug of ours') });
    await expect(playEpisode(anEpisodeInput(), steps)).rejects.toThrow('a bug of ours');
    expect(settlements).toMatchObject([{ outcome: 'lost', verdict: null, artifactId: null, problem: 'a bug of ours' }]);
  });

  it('an error of ours in grading fails the episode, stops the other attempts and pays nobody', async () => {
    const { steps, settlements, attempts, told } = episodeSteps({ attempts: ['grading-refused', 'solved'] });
    await expect(playEpisode(anEpisodeInput({ config: { attempts: 2 } }), steps)).rejects.toThrow('damaged');
    expect(settlements).toMatchObject([{ outcome: 'lost', rewards: [] }]);
    expect(told).toEqual(['the others are told to stop']);
    // They have ended before the episode does.
    expect(attempts).toMatchObject([{ attempt: 1, outcome: 'solved' }]);
  });

  it('a recycling that is lost costs the parent nothing', async () => {
    const scene = { attempts: ['solved', 'unsolved'], recycled: new MachineFailure('the host is gone') } as const;
    const result = await playEpisode(anEpisodeInput({ config: { attempts: 2 } }), episodeSteps(scene).steps);
    expect(result).toMatchObject({ outcome: 'rewarded', solveRate: 0.5, recycled: [] });
  });
});

describe('an episode that is cancelled', () => {
  const config = { attempts: 2 };

  it('while its bug is being solved is settled with its verdict and its bug, and pays nobody', async () => {
    const { steps, settlements, attempts } = episodeSteps({ attempts: ['cancelled', 'solved'] });
    await expect(playEpisode(anEpisodeInput({ config }), steps)).rejects.toThrow('cancelled by a person');
    expect(settlements).toEqual([
      {
        episodeId: 'run/episode-0',
        outcome: 'cancelled',
        verdict: { consistent: true },
        check: null,
        artifactId: 'run/episode-0/bug',
        solveRate: null,
        problem: null,
        rewards: [],
      },
    ]);
    expect(attempts).toMatchObject([{ attempt: 1 }]);
  });

  it('names the second-order bug that it played', async () => {
    const parent = { artifactId: 'run/episode-0/attempt-1/bug', injectorRolloutId: null };
    const { steps, settlements } = episodeSteps({ attempts: ['cancelled', 'solved'] });
    const playing = playEpisode(anEpisodeInput({ parent, groupId: null, config }), steps);
    await expect(playing).rejects.toThrow('cancelled by a person');
    expect(settlements).toMatchObject([{ outcome: 'cancelled', artifactId: parent.artifactId }]);
  });

  it('before its bug is judged knows of none', async () => {
    const { steps, settlements } = episodeSteps({ verdict: new Cancelled('cancelled by a person') });
    await expect(playEpisode(anEpisodeInput({ config }), steps)).rejects.toThrow('cancelled by a person');
    expect(settlements).toMatchObject([{ outcome: 'cancelled', verdict: null, artifactId: null, rewards: [] }]);
  });

  it('is not settled a second time when its settlement fails', async () => {
    const { steps, settlements } = episodeSteps({ attempts: ['solved', 'unsolved'] });
    const emitRewards: typeof steps.emitRewards = async (settlement) => {
      await steps.emitRewards(settlement);
      throw new Error('the ledger holds another settlement');
    };
    const playing = playEpisode(anEpisodeInput({ config }), { ...steps, emitRewards });
    await expect(playing).rejects.toThrow('another settlement');
    expect(settlements).toMatchObject([{ outcome: 'rewarded' }]);
  });
});
