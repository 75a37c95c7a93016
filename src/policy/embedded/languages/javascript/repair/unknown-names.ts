import { editDistance } from '../../../../../domain/diff/edit-distance.ts';
import type { Failure } from '../../language.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import { walk } from '../../syntax-tree.ts';
import { sourceOf } from '../syntax.ts';
import type { Scope } from './scope.ts';
import { missingName } from './told-by-failure.ts';

/** Words this close are taken for slips of one another. */
const MOST_LETTERS = 2;

/** Names that a failure says are not defined, in place of them those that are known and look alike. */
export function unknownNameDrafts({ text, tree, known }: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const missing = new Set(failures.flatMap(({ message }) => missingName(message) ?? []));
  return walk(tree).flatMap(({ node: { kind, start, end } }) => {
    const name = sourceOf(text, { start, end });
    if (kind !== 'identifier' || !missing.has(name)) return [];
    return [...known]
      .filter((other) => other !== name && editDistance(name, other) <= MOST_LETTERS)
      .map((other): RepairDraft => ({
        operator: 'name',
        origin: 'failure',
        edit: { start, end, replacement: other },
        toldByFailure: true,
      }));
  });
}
