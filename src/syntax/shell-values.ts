import { UNREADABLE } from '../domain/script/shell-script.ts';
import { literalOf, type ShellPart, type ShellVariable } from './shell-words.ts';

/** A variable that a script gives a value to. */
export interface Assigned {
  readonly name: string;
  readonly parts: readonly ShellPart[] | undefined;
}

/**
 * Puts into a word the variables that the script sets itself, wherever it sets them. A variable that is made longer holds
 * itself (`own`): what the image has in it is the image's own. What cannot be known stays as it is written, with its `$`; a
 * value beyond all bounds is `UNREADABLE`, never a part of itself.
 */
export function createExpander(assigned: readonly Assigned[]): (parts: readonly ShellPart[], own?: string) => string {
  const values = new Map<string, (readonly ShellPart[])[]>();
  for (const { name, parts } of assigned) {
    if (parts === undefined) continue;
    const known = values.get(name) ?? [];
    values.set(name, known);
    known.push(parts);
  }
  let inAll = MOST_OF_ALL;
  return (parts, own) => {
    const literal = literalOf(parts);
    if (literal !== undefined) return literal;
    const reading = { values, left: Math.min(MOST, inAll) };
    const before = reading.left;
    const text = expanded(parts, own, { reading, depth: 0 });
    inAll -= before - reading.left;
    return reading.left < 0 ? UNREADABLE : text;
  };
}

interface Reading {
  readonly values: ReadonlyMap<string, readonly (readonly ShellPart[])[]>;
  /** How much more may be put in; below zero it is too much. */
  left: number;
}

interface At {
  readonly reading: Reading;
  readonly depth: number;
}

function expanded(parts: readonly ShellPart[], own: string | undefined, at: At): string {
  let text = '';
  for (const part of parts) {
    if (at.reading.left < 0) return '';
    const put = typeof part === 'string' ? part : typeof part === 'symbol' ? UNKNOWN_TEXT : valueOf(part, own, at);
    if (typeof part === 'string') at.reading.left -= put.length;
    at.reading.left -= 1;
    text += put;
  }
  return text;
}

function valueOf({ variable, operator, word }: ShellVariable, own: string | undefined, at: At): string {
  if (variable === own) return '';
  const values = at.reading.values.get(variable);
  const isSet = values !== undefined || OWN.has(variable);
  if (operator === '+') return isSet ? (word ?? UNKNOWN_TEXT) : '';
  if (values !== undefined && at.depth < DEEPEST) {
    const { reading, depth } = at;
    // A name that is set twice has either value.
    return values.map((value) => expanded(value, variable, { reading, depth: depth + 1 })).join(':');
  }
  if (values === undefined && operator === '-' && !isSet) return word ?? UNKNOWN_TEXT;
  return OWN.get(variable) ?? `$${variable}`;
}

/** Of what only running it would tell. */
const UNKNOWN_TEXT = '$(...)';

// Deeper chains of variables are not written by hand, and doubling ones must end.
const DEEPEST = 5;

/** A whole script has no more characters, unless it is read twice. */
const MOST = 64 * 1024;
const MOST_OF_ALL = 4 * MOST;

/** What every script has: places that it may write to, and the tree's root, where it starts. */
const OWN: ReadonlyMap<string, string> = new Map([
  ['TMPDIR', '/tmp'],
  ['HOME', '/tmp'],
  ['PWD', '.'],
]);
