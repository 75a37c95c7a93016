import { isSibling as isNamedAlike, mappingBetween } from '../../repair/adapted-code.ts';
import { resultTypesOf } from '../signatures.ts';
import { parseGo, type GoFunction } from '../syntax.ts';
import type { Scope } from './scope.ts';
import { statementsOf } from './statements.ts';

/** Of the same type, of the same name on another, or with the same results. */
export function isSibling(text: string, one: GoFunction, other: GoFunction): boolean {
  if (isNamedAlike(one, other)) return true;
  const results = resultTypesOf(text, one).join();
  return results.includes(',') && results === resultTypesOf(text, other).join();
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
  return mappingBetween(
    { name: from.name, lines: firstLines(text, from) },
    { name: to.name, lines: firstLines(text, to) },
  );
}

/** Lines that say something of their own: every second function has its `if err != nil {`. */
function firstLines(text: string, definition: GoFunction): readonly string[] {
  return statementsOf(text, definition)
    .map(({ code }) => code.split('\n')[0] ?? '')
    .filter((line) => /[([]/.test(line));
}
