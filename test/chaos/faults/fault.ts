import type { World } from '../world/world.ts';

/** Something that goes wrong, and how it comes right again. */
export interface Fault {
  /** What it happens to; two faults of one target come one after the other, all others overlap. */
  readonly target: (world: World, draw: Draw) => string;
  /** Begins it; what is returned ends it. */
  begin(world: World, draw: Draw): Promise<() => unknown>;
}

/** Draws of this fault alone, from the seed of the chaos: the same in each run of it. */
export interface Draw {
  /** A whole number from 0 to below `count`. */
  below(count: number, label: string): number;
}

export function pick<Item>(items: readonly Item[], draw: Draw, label: string): Item | undefined {
  return items.length === 0 ? undefined : items[draw.below(items.length, label)];
}

/** For faults that are over as soon as they have begun. */
export const nothing = (): void => undefined;
