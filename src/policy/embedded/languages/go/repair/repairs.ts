import { calledAlikeDrafts } from '../../repair/called-alike.ts';
import { createRepairSearch } from '../../repair/repair-search.ts';
import { namesIn } from '../names.ts';
import { parseGo } from '../syntax.ts';
import { withCaseLines } from './case-lines.ts';
import { compiling, donorDrafts } from './donors.ts';
import { changeDrafts, valueDrafts } from './inverse.ts';
import { missingLineDrafts } from './missing-lines.ts';
import { partDrafts } from './parts.ts';
import { scopeOf } from './scope.ts';

/** Candidate repairs of one function that may compile: operators turned round, parts and lines put back. */
export const repairsOf = createRepairSearch({
  scopeAt(text, region, { suspiciousness }) {
    const definition = parseGo(text).find(({ start }) => start === region.start);
    return definition && scopeOf(text, definition, suspiciousness);
  },
  drafts: (scope, { specification, failures }) => [
    ...changeDrafts(scope),
    ...compiling(scope, [
      ...valueDrafts(scope, specification),
      ...missingLineDrafts(scope, failures),
      ...partDrafts(scope),
      ...calledAlikeDrafts(scope.text, scope.tree, scope.known),
    ]),
    ...donorDrafts(scope, failures),
  ],
  namesIn,
  cluesFor: (scope, clues) => ({ ...clues, suspiciousness: withCaseLines(scope, clues.suspiciousness) }),
});
