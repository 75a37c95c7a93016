import type { PythonFunction } from '../syntax.ts';
import { shapeOf } from '../../repair/likeness.ts';
import { tokensOf } from '../../repair/naturalness.ts';
import { statementsOf } from './statements.ts';

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

function firstLines(text: string, definition: PythonFunction): readonly string[] {
  return statementsOf(text, definition)
    .map(({ code }) => code.split('\n')[0] ?? '')
    .filter((line) => line.includes('('));
}

/** Of the same class, or of the same name in another. */
export function isSibling(one: PythonFunction, other: PythonFunction): boolean {
  const classOf = ({ qualifiedName }: PythonFunction) => qualifiedName.split('.').slice(0, -1).join('.');
  return one.name === other.name || (classOf(one) !== '' && classOf(one) === classOf(other));
}
