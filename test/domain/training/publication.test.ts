import { describe, expect, it } from 'vitest';
import { findPublishedVersion, publishedName } from '../../../src/domain/training/publication.ts';

describe('the name of a published version', () => {
  it('is another one for each version, and says which', () => {
    expect(publishedName(7)).toBe('policy-v7');
    expect([0, 1, 10, 123_456].map((version) => findPublishedVersion(publishedName(version)))).toEqual([
      0, 1, 10, 123_456,
    ]);
  });

  it.each(['policy', 'policy-v', 'policy-v07', 'policy-v7-awq', 'my-policy-v7', 'policy-v-7', 'Qwen3-v7'])(
    'is not %s',
    (name) => {
      expect(findPublishedVersion(name)).toBeUndefined();
    },
  );
});
