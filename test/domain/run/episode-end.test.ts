import { describe, expect, it } from 'vitest';

import { NOTHING_LEFT, readEpisodeEnd } from '../../../src/domain/run/episode-end.ts';

describe('what a run is told of an end', () => {
  const end = { ...NOTHING_LEFT, episodeId: 'run/episode-0', outcome: 'rewarded' } as const;

  it('is read when it is one', () => {
    expect(readEpisodeEnd(end)).toBe(end);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'episode-0'],
    ['an outcome that is none', { ...end, outcome: 'great' }],
    ['no id', { ...end, episodeId: undefined }],
    ['no list of bugs', { ...end, recycled: 'none' }],
    ['a part', { episodeId: 'run/episode-0' }],
  ])('is nothing where it is %s', (_, told) => {
    expect(readEpisodeEnd(told)).toBeUndefined();
  });
});
