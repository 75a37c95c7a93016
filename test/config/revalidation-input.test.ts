import { describe, expect, it } from 'vitest';

import { readRevalidationSelection } from '../../src/config/revalidation-input.ts';
import { InvalidInputError } from '../../src/domain/failure/errors.ts';

describe('the input of artifactRevalidation', () => {
  it.each([undefined, null, {}])('%j is every artifact', (input) => {
    expect(readRevalidationSelection(input)).toEqual({ consistentOnly: false, again: false, window: 2 });
  });

  it('takes keys in either spelling', () => {
    const one = readRevalidationSelection({ consistent_only: true });
    expect(one).toEqual(readRevalidationSelection({ consistentOnly: true }));
  });

  it.each([
    [{ runs: 'x' }, /runs/],
    [{ limit: 0 }, /limit/],
    [{ artifacts: [] }, /artifacts/],
    ['demo', /expected object/],
  ])('refuses %j with the place and the way out', (input, place) => {
    expect(() => readRevalidationSelection(input)).toThrow(InvalidInputError);
    expect(() => readRevalidationSelection(input)).toThrow(place);
    expect(() => readRevalidationSelection(input)).toThrow('artifactRevalidation takes');
  });
});
