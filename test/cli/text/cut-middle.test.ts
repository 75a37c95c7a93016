import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cutMiddle } from '../../../src/cli/text/cut-middle.ts';

describe('a name that is cut in its middle', () => {
  it.each([
    ['test_a[1]', 9, 'test_a[1]'],
    ['test_module::test_a[1]', 9, 'test…a[1]'],
    ['abcdef', 1, '…'],
  ])('%s in %d columns is %s', (text, width, shown) => {
    expect(cutMiddle(text, width)).toBe(shown);
  });

  it('fits whatever the width, and keeps both ends', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        const shown = cutMiddle(text, width);
        return shown.length <= width && (shown === text || (width < 3 ? true : shown.startsWith(text.slice(0, 1))));
      }),
    );
  });
});
