import { describe, expect, it } from 'vitest';

import { gradeEqualOnce } from '../../src/workflows/grade-equal-once.ts';
import { playEpisode } from '../../src/workflows/play-episode.ts';
import { anEpisodeInput, aConfiguration, aReference, aSubject } from '../support/run-fixture.ts';
import { episodeSteps } from './episode-steps.ts';

/** Grades that say which they are, and the submissions that were graded; those named `lost` fail the first time. */
function grading() {
  const graded: string[] = [];
  const { sandbox, grading: how } = aConfiguration();
  const grade = gradeEqualOnce(async ({ submission }) => {
    const name = submission?.sha256 ?? 'none';
    graded.push(name);
    await Promise.resolve();
    if (name === 'lost' && graded.filter((other) => other === name).length === 1) throw new Error('its host is gone');
    const reason = `grade ${graded.length}`;
    return { solved: name === 'right', reason, patch: submission, report: null, validatorVersion: '2' };
  });
  const owner = { runId: 'run', episodeId: 'run/episode-0' };
  const asked = { owner, subject: aSubject(), artifactId: 'bug', sandbox, grading: how };
  const submit = (name: string | null) => grade({ ...asked, submission: name === null ? null : aReference(name) });
  return { graded, submit };
}

describe('gradeEqualOnce', () => {
  it('grades equal submissions once, whoever is first, and says so', async () => {
    const { graded, submit } = grading();
    const [first, other, second] = await Promise.all([submit('right'), submit('wrong'), submit('right')]);
    expect(graded).toEqual(['right', 'wrong']);
    expect([first.solved, other.solved, second.solved]).toEqual([true, false, true]);
    expect(second).toEqual({ ...first, reason: `${first.reason}; graded once with an equal repair` });
    expect(first.reason).not.toContain('equal repair');
  });

  it('has the next equal submission graded where a grading was lost, and shares that one', async () => {
    const { graded, submit } = grading();
    const grades = await Promise.allSettled([submit('lost'), submit('lost'), submit('lost')]);
    expect(grades.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(graded).toEqual(['lost', 'lost']);
  });

  it('shares nothing among attempts that submitted nothing', async () => {
    const { graded, submit } = grading();
    await Promise.all([submit(null), submit(null)]);
    expect(graded).toEqual(['none', 'none']);
  });
});

describe('an episode', () => {
  it.each([
    ['each', 4],
    ['once', 2],
  ] as const)(
    'with grading.equal_repairs %s grades two repairs of four attempts %i times',
    async (equalRepairs, times) => {
      const scene = episodeSteps({ attempts: ['solved', 'unsolved'] });
      let gradings = 0;
      const steps = {
        ...scene.steps,
        playRollout: async (setting: Parameters<typeof scene.steps.playRollout>[0]) => {
          const end = await scene.steps.playRollout(setting);
          return { ...end, submission: aReference(String(setting.attempt % 2)) };
        },
        gradeAttempt: (input: Parameters<typeof scene.steps.gradeAttempt>[0]) => {
          gradings += 1;
          return scene.steps.gradeAttempt(input);
        },
      };
      const config = { attempts: 4, grading: { equal_repairs: equalRepairs } };
      const { solveRate } = await playEpisode(anEpisodeInput({ config }), steps);
      expect(solveRate).toBe(0.5);
      expect(gradings).toBe(times);
      expect(scene.attempts.map(({ outcome }) => outcome).sort()).toEqual(['solved', 'solved', 'unsolved', 'unsolved']);
    },
  );
});
