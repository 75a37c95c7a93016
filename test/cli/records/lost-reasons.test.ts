import { describe, expect, it } from 'vitest';

import { lostReasons, renderLost } from '../../../src/cli/records/lost-reasons.ts';

const episode = (id: string, outcome: string | null, problem: string | null = null) => ({ id, outcome, problem });

describe('the reasons for which episodes were lost', () => {
  it('are counted, whatever the episode is called, and the most frequent comes first', () => {
    const reasons = lostReasons([
      episode('run/episode-0', 'lost', 'the disk is full'),
      episode('run/episode-1', 'lost', 'run/episode-1/injector was lost: no such image'),
      episode('run/episode-2', 'lost', 'run/episode-2/injector was lost: no such image'),
      episode('run/episode-3', 'rewarded'),
      episode('run/episode-4', 'cancelled'),
      episode('run/episode-5', null),
    ]);
    expect(reasons).toEqual([
      { reason: 'injector was lost: no such image', episodes: 2 },
      { reason: 'the disk is full', episodes: 1 },
    ]);
    expect(renderLost(reasons)).toBe(
      '\nlost\n  2 episodes: injector was lost: no such image\n  1 episode: the disk is full\n',
    );
  });

  it('are said of what an older version recorded without them, too', () => {
    expect(lostReasons([episode('run/episode-0', 'lost')])).toEqual([{ reason: 'nobody could say why', episodes: 1 }]);
  });

  it('are none where nothing was lost', () => {
    expect(renderLost(lostReasons([episode('run/episode-0', 'rewarded')]))).toBe('');
  });

  it('cannot steer the terminal', () => {
    expect(renderLost([{ reason: '\u001b[2J', episodes: 1 }])).not.toContain('\u001b');
  });
});
