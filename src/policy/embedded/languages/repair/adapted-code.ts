import { asIs, memoise } from '../memoise.ts';
import { tokensOf } from './naturalness.ts';

/** A function as far as another may be modelled on it. */
export interface ModelFunction {
  readonly name: string;
  /** With the names of what is around it, joined by dots. */
  readonly qualifiedName: string;
}

/** The first line of code with all names and numbers alike: two lines of one shape do the same with other things. */
const shapeOf = memoise(
  (code: string) => (code.split('\n')[0] ?? '').replace(/[A-Za-z_]\w*/g, 'x').replace(/\d+/g, '0'),
  { keyOf: asIs, capacity: 4096 },
);

interface NamedLines {
  readonly name: string;
  /** First lines of its statements. */
  readonly lines: readonly string[];
}

/**
 * Which names of one function stand for which of another, learned from lines of the same shape: where `lru_cache` says
 * `LRUCache`, `lfu_cache` says `LFUCache`. Empty for functions that have nothing in common.
 */
export function mappingBetween(from: NamedLines, to: NamedLines): ReadonlyMap<string, string> {
  const own = new Map(to.lines.map((line) => [shapeOf(line), line]));
  const mapping = new Map([[from.name, to.name]]);
  let aligned = 0;
  for (const line of from.lines) {
    const other = own.get(shapeOf(line));
    if (other === undefined) continue;
    aligned += 1;
    const theirs = tokensOf(other);
    tokensOf(line).forEach((token, index) => {
      const counterpart = theirs[index];
      if (counterpart !== undefined && counterpart !== token && /^[A-Za-z_]/.test(token))
        mapping.set(token, counterpart);
    });
  }
  return aligned >= 2 ? mapping : new Map();
}

export function renamed(code: string, mapping: ReadonlyMap<string, string>): string {
  return code.replace(/[A-Za-z_]\w*/g, (name) => mapping.get(name) ?? name);
}

/** 0 to 1: how alike two lines are; nothing on both sides (a block's beginning or end) says a little. */
export function likeness(one: string, other: string): number {
  if (one === other) return one === '' ? 0.5 : 1;
  if (one === '' || other === '') return 0;
  return shapeOf(one) === shapeOf(other) ? 0.6 : firstWord(one) === firstWord(other) ? 0.2 : 0;
}

function firstWord(code: string): string {
  return /^\w+/.exec(code)?.[0] ?? code.slice(0, 1);
}

/** Of the same class, or of the same name in another. */
export function isSibling(one: ModelFunction, other: ModelFunction): boolean {
  const classOf = ({ qualifiedName }: ModelFunction) => qualifiedName.split('.').slice(0, -1).join('.');
  return one.name === other.name || (classOf(one) !== '' && classOf(one) === classOf(other));
}
