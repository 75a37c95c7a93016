import { describe, expect, it } from 'vitest';

import { fullId, retryProblem, skipEpisode, skipProblem } from '../../src/workflows/steer-episode.ts';
import { newTraining, type Draw } from '../../src/workflows/training-state.ts';
import { aSubject } from '../support/run-fixture.ts';

const draw: Draw = { subject: aSubject(), strategy: 'removal', seed: 1, groupId: 'run/group-0', parent: null };

function aRun() {
  const state = newTraining('run');
  for (const index of [1, 2]) state.inFlight[`run/episode-${index}`] = { draw };
  state.retriable['run/episode-0'] = draw;
  return state;
}

describe('an episode to be skipped or played again', () => {
  it('is named by its id, whole or without that of its run', () => {
    expect(fullId(aRun(), 'episode-1')).toBe('run/episode-1');
    expect(fullId(aRun(), 'run/episode-1')).toBe('run/episode-1');
    for (const id of ['episode-1', 'run/episode-1']) {
      expect(skipProblem(aRun(), id)).toBeUndefined();
      expect(retryProblem(aRun(), id)).toBeUndefined();
    }
    expect(retryProblem(aRun(), 'episode-0')).toBeUndefined();
  });

  it('is refused with the ids that there are', () => {
    expect(skipProblem(aRun(), 'episode-0')).toBe(
      'run/episode-0 is no episode in flight; in flight: run/episode-1, run/episode-2',
    );
    expect(retryProblem(aRun(), 'episode-7')).toBe(
      'run/episode-7 is no episode in flight, nor one of the newest that were lost; in flight: run/episode-1, run/episode-2; lost: run/episode-0',
    );
    expect(skipProblem(newTraining('run'), 'episode-0')).toContain('in flight: none');
    expect(skipProblem(aRun(), 3)).toContain('not by 3');
  });

  it('is refused when it is to be skipped already', () => {
    const state = aRun();
    skipEpisode(state, 'run/episode-1');
    expect(skipProblem(state, 'episode-1')).toBe('run/episode-1 is to be skipped already');
    expect(retryProblem(state, 'episode-1')).toContain('run/episode-1 is to be skipped already');
  });
});
