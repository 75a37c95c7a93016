import { seededDraw, seededOrder } from '../../src/domain/draw/seeded-draw.ts';
import type { Draw } from './faults/fault.ts';

/** One fault to come. */
export interface Planned<Kind extends string = string> {
  readonly index: number;
  readonly kind: Kind;
  /** After the one before it began. */
  readonly afterMs: number;
  /** How long it lasts, where it has an end. */
  readonly lastsMs: number;
  readonly draw: Draw;
}

/** As many a minute as let episodes come to an end between them: 200 in half an hour. */
const MEAN_GAP_MS = 5_000;
/** Shorter and longer than a heartbeat time-out, so that both are met. */
const LASTS_MS = { shortest: 500, longest: 12_000 } as const;

/**
 * Faults by the seed alone: kinds come as from a shuffled pack, so that none is left out, and one that lasts longer than the
 * gap overlaps the next ones.
 */
export function scheduleOf<Kind extends string>(
  kinds: readonly Kind[],
  { seed, count }: { readonly seed: number; readonly count: number },
): readonly Planned<Kind>[] {
  return Array.from({ length: count }, (_, index) => {
    const pack = Math.floor(index / kinds.length);
    const kind = seededOrder(kinds, (name) => name, seed, 'pack', pack)[index % kinds.length];
    if (kind === undefined) throw new RangeError('a schedule needs kinds of faults');
    const { shortest, longest } = LASTS_MS;
    return {
      ...{ index, kind },
      afterMs: Math.round(2 * MEAN_GAP_MS * seededDraw(seed, 'gap', index)),
      lastsMs: Math.round(shortest + (longest - shortest) * seededDraw(seed, 'lasts', index)),
      draw: { below: (below, label) => Math.floor(below * seededDraw(seed, 'draw', index, label)) },
    };
  });
}
