import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { injectionStrategy } from '../../../src/domain/run/injection-strategy.ts';
import { DEFAULT_STRATEGIES } from '../../support/defaults.ts';
import { seededDraw, seededInteger, seededOrder, weightedChoice } from '../../../src/domain/draw/seeded-draw.ts';

const label = fc.oneof(fc.string(), fc.integer());

describe('seededDraw', () => {
  it('gives these values for ever, for runs are repeated by their seed', () => {
    expect(seededDraw(1, 'subject', 0)).toMatchInlineSnapshot(`0.028231059755552512`);
    expect(seededDraw(1, 'subject', 1)).toMatchInlineSnapshot(`0.9432307781793395`);
    expect(seededInteger(1, 'episode', 'é')).toMatchInlineSnapshot(`23842936`);
  });

  it('lies in [0, 1) and is the same each time', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(label), (seed, labels) => {
        const draw = seededDraw(seed, ...labels);
        expect(draw).toBeGreaterThanOrEqual(0);
        expect(draw).toBeLessThan(1);
        expect(seededDraw(seed, ...labels)).toBe(draw);
      }),
    );
  });

  it.each([
    [
      ['ab', 'c'],
      ['a', 'bc'],
    ],
    [[1], ['1']],
    [['a'], ['a', '']],
    [
      [1, 2],
      [2, 1],
    ],
  ] as const)('tells the labels %j from %j', (one, other) => {
    expect(seededDraw(7, ...one)).not.toBe(seededDraw(7, ...other));
  });

  it('spreads over the whole interval', () => {
    const buckets = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index += 1) {
      const bucket = Math.floor(seededDraw(3, 'spread', index) * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // Six standard deviations of a fair draw.
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(180);
  });
});

it('gives seeds that fit into 31 bits', () => {
  fc.assert(
    fc.property(fc.integer(), label, (seed, name) => {
      const value = seededInteger(seed, name);
      expect(Number.isInteger(value) && value >= 0 && value < 2 ** 31).toBe(true);
    }),
  );
});

describe('seededOrder', () => {
  it('does not depend on the order in which the items come', () => {
    const items = ['a', 'b', 'c', 'd', 'e'];
    const order = seededOrder(items, (item) => item, 5);
    expect([...order].sort()).toEqual(items);
    expect(seededOrder(items.toReversed(), (item) => item, 5)).toEqual(order);
  });

  it('depends on the seed', () => {
    const items = Array.from({ length: 20 }, (_, index) => index);
    expect(seededOrder(items, (item) => item, 1)).not.toEqual(seededOrder(items, (item) => item, 2));
  });
});

describe('weightedChoice', () => {
  const options = [
    { value: 'never', weight: 0 },
    { value: 'rare', weight: 1 },
    { value: 'often', weight: 3 },
  ];

  it.each([
    [0, 'rare'],
    [0.2499, 'rare'],
    [0.25, 'often'],
    [0.9999999999999999, 'often'],
  ])('turns the draw %d into %s', (draw, value) => {
    expect(weightedChoice(draw, options)).toBe(value);
  });

  it('needs a positive weight', () => {
    expect(() => weightedChoice(0.5, [{ value: 'x', weight: 0 }])).toThrow(RangeError);
  });
});

describe('injectionStrategy', () => {
  it.each([
    [0, 'removal'],
    [0.4999, 'removal'],
    [0.5, 'history'],
    [0.9999, 'history'],
  ])('draws %d as %s in the main mix, and never direct', (draw, strategy) => {
    expect(injectionStrategy(draw, DEFAULT_STRATEGIES)).toBe(strategy);
  });

  it('plays one strategy alone when the others weigh nothing', () => {
    expect(injectionStrategy(0.7, { removal: 0, history: 0, direct: 1 })).toBe('direct');
  });
});
