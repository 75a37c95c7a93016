import { memoiseByPart } from '../../memoise.ts';
import { parametersOf, receiverOf, resultTypesOf } from '../signatures.ts';
import type { GoFunction } from '../syntax.ts';
import { namesIn } from '../names.ts';
import type { Scope } from './scope.ts';

/**
 * Whether code of another function may mean the same in this one, as far as signatures tell: it returns the same types,
 * and what it names as a parameter is one of the same type here, or no name of this function at all.
 */
export function agrees(
  { text, definition, locals }: Scope,
  from: GoFunction,
  { code, mapping = new Map() }: { readonly code: string; readonly mapping?: ReadonlyMap<string, string> },
): boolean {
  if (from === definition) return true;
  const returnsAlike = () => resultTypesOf(text, from).join() === resultTypesOf(text, definition).join();
  if (/\breturn\b/.test(code) && !returnsAlike()) return false;
  const [own, theirs] = [typesOf(text, definition), typesOf(text, from)];
  const named = new Set(namesIn(code));
  return [...theirs]
    .map(([name, type]) => [mapping.get(name) ?? name, type] as const)
    .filter(([name]) => named.has(name))
    .every(([name, type]) => own.get(name) === type || !locals.includes(name));
}

/** The types of parameters and receiver by name; a pointer has the fields of what it points to. */
const typesOf = memoiseByPart((text, definition: GoFunction): ReadonlyMap<string, string> => {
  const receiver = receiverOf(text, definition);
  const own = receiver === undefined ? [] : [[receiver.name, receiver.type] as const];
  return new Map([...own, ...parametersOf(text, definition)].map(([name, type]) => [name, type.replace(/^\*/, '')]));
});
