import { memoise } from '../../../memoise.ts';
import type { Clues, CodeRegion, Repair } from '../../language.ts';
import { toRepairs } from '../../repair/to-repairs.ts';
import { parseGo } from '../syntax.ts';
import { withCaseLines } from './case-lines.ts';
import { compiling, donorDrafts } from './donors.ts';
import { inverseDrafts } from './inverse.ts';
import { missingLineDrafts } from './missing-lines.ts';
import { partDrafts } from './parts.ts';
import { namesIn } from '../names.ts';
import { scopeOf } from './scope.ts';

/** Candidate repairs of one function that may compile: operators turned round, parts and lines put back. */
export function repairsOf(text: string, region: CodeRegion, clues: Clues): readonly Repair[] {
  return cachedRepairs({ text, region, clues });
}

interface Question {
  readonly text: string;
  readonly region: CodeRegion;
  readonly clues: Clues;
}

// At every turn the program is replayed, and asks for the repairs of every attempt so far.
const cachedRepairs = memoise(findRepairs, {
  keyOf: ({ text, region, clues }: Question) =>
    JSON.stringify([region.start, { ...clues, suspiciousness: [...clues.suspiciousness] }, text]),
  capacity: 48,
});

function findRepairs({ text, region, clues }: Question): readonly Repair[] {
  const definition = parseGo(text).find(({ start }) => start === region.start);
  if (definition === undefined) return [];
  const scope = scopeOf(text, definition);
  const drafts = [
    ...inverseDrafts(scope, clues.specification),
    ...compiling(scope, [...missingLineDrafts(scope, clues.failures), ...partDrafts(scope)]),
    ...donorDrafts(scope, clues.failures),
  ];
  const { unused, known } = scope;
  const suspiciousness = withCaseLines(scope, clues.suspiciousness);
  return toRepairs(drafts, { text, unused, known, namesIn }, { ...clues, suspiciousness });
}
