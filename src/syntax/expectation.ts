import type { SgNode } from '@ast-grep/napi';

import type { Insertion } from './insertion.ts';

/** What a changed value is made with: a draw in [0, 1), and a word that no test has thought of. */
export interface ValueDraw {
  readonly draw: number;
  readonly word: string;
}

/** One way to write another value in place of an expected one. */
export type ValueChange = (drawn: ValueDraw) => readonly Insertion[];

/** An assertion that two values are equal. */
export interface Expectation {
  /** Each of them alone makes the assertion fail for whatever has passed it. */
  readonly changes: readonly ValueChange[];
  /** The message that is written out beside the values: some runners report an assertion by it. */
  readonly message?: string;
}

/** What a call is given, in any of the languages. */
export function givenTo(call: SgNode): readonly SgNode[] {
  const given = call.field('arguments')?.children() ?? [];
  return given.filter((child) => child.isNamed() && child.kind() !== 'comment');
}

/** Writes another text over a part of the source. */
export function over({ start, end }: { readonly start: number; readonly end: number }, text: string): Insertion {
  return { at: start, text, replaces: end - start };
}

/**
 * Another integer of the same sign, nearer to zero, so that it fits whatever type the first one fits. Undefined for a
 * notation that is not plain, such as Go's octal file modes.
 */
export function otherInteger(text: string, draw: number): string | undefined {
  if (!/^(?:0|[1-9]\d*|0[xX][\da-fA-F]+)$/.test(text)) return undefined;
  const value = Number(text);
  return value === 0 ? '1' : String(Math.floor(draw * Math.min(value, LARGEST)));
}

// Beyond it numbers are written in powers of ten.
const LARGEST = 1e15;

/** Another number with a fraction; undefined where the text is none. */
export function otherFraction(text: string, draw: number): string | undefined {
  if (!/^(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const other = Math.floor(draw * 1000) + 0.375;
  return String(other === Number(text) ? other + 1 : other);
}
