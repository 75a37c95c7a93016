import { mappingBetween } from '../../repair/adapted-code.ts';
import type { PythonFunction } from '../syntax.ts';
import { statementsOf } from './statements.ts';

/** Which names of one function stand for which of another, by their statements. */
export function nameMapping(text: string, from: PythonFunction, to: PythonFunction): ReadonlyMap<string, string> {
  if (from === to) return new Map();
  return mappingBetween(
    { name: from.name, lines: firstLines(text, from) },
    { name: to.name, lines: firstLines(text, to) },
  );
}

function firstLines(text: string, definition: PythonFunction): readonly string[] {
  return statementsOf(text, definition)
    .map(({ code }) => code.split('\n')[0] ?? '')
    .filter((line) => line.includes('('));
}
