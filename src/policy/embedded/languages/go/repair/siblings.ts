import { shapeOf } from '../../repair/likeness.ts';
import { tokensOf } from '../../repair/naturalness.ts';
import { resultTypesOf } from '../signatures.ts';
import { parseGo, type GoFunction } from '../syntax.ts';
import type { Scope } from './scope.ts';
import { statementsOf } from './statements.ts';

/** Of the same type, of the same name on another, or with the same results. */
export function isSibling(text: string, one: GoFunction, other: GoFunction): boolean {
  if (one.name === other.name || sharesType(one, other)) return true;
  const results = resultTypesOf(text, one).join();
  return results.includes(',') && results === resultTypesOf(text, other).join();
}

function sharesType(one: GoFunction, other: GoFunction): boolean {
  const typeOf = ({ qualifiedName }: GoFunction) => qualifiedName.split('.').slice(0, -1).join('.');
  return typeOf(one) !== '' && typeOf(one) === typeOf(other);
}

/** The functions of the file, siblings first, then those around. */
export function nearestFirst({ text, definition }: Scope): readonly GoFunction[] {
  const distance = (other: GoFunction) =>
    Math.abs(other.start - definition.start) * (isSibling(text, definition, other) ? 1 : 4);
  return [...parseGo(text)].sort((one, other) => distance(one) - distance(other));
}

/**
 * Which names of one function stand for which of another, learned from lines of the same shape. Empty for functions
 * that have nothing in common.
 */
export function nameMapping(text: string, from: GoFunction, to: GoFunction): ReadonlyMap<string, string> {
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
      if (counterpart !== undefined && counterpart !== token && /^[A-Za-z_]/.test(token)) {
        mapping.set(token, counterpart);
      }
    });
  }
  return aligned >= 2 ? mapping : new Map();
}

/** Lines that say something of their own: every second function has its `if err != nil {`. */
function firstLines(text: string, definition: GoFunction): readonly string[] {
  return statementsOf(text, definition)
    .map(({ code }) => code.split('\n')[0] ?? '')
    .filter((line) => /[([]/.test(line));
}
