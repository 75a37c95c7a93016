import { calledAlikeDrafts } from '../../repair/called-alike.ts';
import { createRepairSearch } from '../../repair/repair-search.ts';
import { parsePython } from '../syntax.ts';
import { donorDrafts } from './donors.ts';
import { inverseDrafts } from './inverse.ts';
import { missingLineDrafts } from './missing-lines.ts';
import { partDrafts } from './parts.ts';
import { namesIn, scopeOf } from './scope.ts';
import { unknownNameDrafts } from './unknown-names.ts';

/** Candidate repairs of one function: operators turned round, parts and lines put back, what the failure asks for. */
export const repairsOf = createRepairSearch({
  scopeAt(text, region) {
    const definition = parsePython(text).functions.find(({ start }) => start === region.start);
    return definition && scopeOf(text, definition);
  },
  drafts: (scope, { specification, failures }) => [
    ...inverseDrafts(scope, specification),
    ...missingLineDrafts(scope, failures),
    ...partDrafts(scope),
    ...unknownNameDrafts(scope, failures),
    ...calledAlikeDrafts(scope.text, scope.tree, scope.known),
    ...donorDrafts(scope, failures),
  ],
  namesIn,
});
