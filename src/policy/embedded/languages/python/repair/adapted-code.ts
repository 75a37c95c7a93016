import { asIs, memoise } from '../../../memoise.ts';
import type { PythonFunction } from '../syntax.ts';
import { tokensOf } from './naturalness.ts';
import { statementsOf } from './statements.ts';

/** The first line of code with all names and numbers alike: two lines of one shape do the same with other things. */
const shapeOf = memoise(
  (code: string) => (code.split('\n')[0] ?? '').replace(/[A-Za-z_]\w*/g, 'x').replace(/\d+/g, '0'),
  { keyOf: asIs, capacity: 4096 },
);

/**
 * Which names of one function stand for which of another, learned from lines of the same shape: where `lru_cache` says
 * `LRUCache`, `lfu_cache` says `LFUCache`. Empty for functions that have nothing in common.
 */
export function nameMapping(text: string, from: PythonFunction, to: PythonFunction): ReadonlyMap<string, string> {
  if (from === to) return new Map();
  const own = new Map(firstLines(text, to).map((line) => [shapeOf(line), line]));
  const mapping = new Map([[from.name, to.name]]);
  let aligned = 0;
  for (const line of firstLines(text, from)) {
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

function firstLines(text: string, definition: PythonFunction): readonly string[] {
  return statementsOf(text, definition)
    .map(({ code }) => code.split('\n')[0] ?? '')
    .filter((line) => line.includes('('));
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
export function isSibling(one: PythonFunction, other: PythonFunction): boolean {
  const classOf = ({ qualifiedName }: PythonFunction) => qualifiedName.split('.').slice(0, -1).join('.');
  return one.name === other.name || (classOf(one) !== '' && classOf(one) === classOf(other));
}
