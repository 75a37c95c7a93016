import type { Failure } from '../../language.ts';
import { isSibling } from '../../repair/adapted-code.ts';
import type { RepairDraft } from '../../repair/draft.ts';
import {
  MOST_FUNCTIONS,
  placedDonors,
  returnedByOthers,
  statementDonors,
  type DonorLanguage,
} from '../../repair/statement-donors.ts';
import { isDocumentation } from '../../repair/statements.ts';
import { isGuard } from '../removal.ts';
import { parsePython, type PythonFunction } from '../syntax.ts';
import { nameMapping } from './adapted-code.ts';
import { clauseDrafts } from './clauses.ts';
import { namesIn, type Scope } from './scope.ts';
import { blocksIn, gapsIn, statementsOf } from './statements.ts';
import { missingName } from './unknown-names.ts';

/** Most statements put somewhere in one function. */
const MOST_DRAFTS = 90;

const NO_DONORS = new Set(['pass_statement', 'function_definition', 'class_definition']);

const PYTHON: DonorLanguage<Scope, PythonFunction> = {
  ...{ statementsOf, nameMapping, namesIn, asksFor },
  mostLines: 6,
  serves: ({ node }) => !isDocumentation(node) && !NO_DONORS.has(node.kind),
  isGuard: (_text, node) => isGuard(node),
  unknownIn: ({ known }, names) => names.filter((name) => !known.has(name)).length,
  isSibling: (_text, one, other) => isSibling(one, other),
  agrees: () => true,
};

/** Statements and clauses of the same file, put back where they may be missing. */
export function donorDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const functions = nearestFirst(scope).slice(0, MOST_FUNCTIONS);
  const donors = statementDonors(PYTHON, scope, { functions, failures });
  const gaps = blocksIn(scope.tree).flatMap((block) => gapsIn(scope.text, block));
  return [
    ...placedDonors(gaps, donors, { most: MOST_DRAFTS, prefersEmpty: false }),
    ...returnedByOthers(scope, donors, { nothing: /^return None$/, returns: /^return \w.*$/ }),
    ...clauseDrafts(scope, functions),
  ];
}

/** Functions of the same class and of the same name first, then those around. */
function nearestFirst({ text, definition }: Scope): readonly PythonFunction[] {
  const distance = (other: PythonFunction) =>
    Math.abs(other.start - definition.start) * (isSibling(definition, other) ? 1 : 4);
  return [...parsePython(text).functions].sort((one, other) => distance(one) - distance(other));
}

/** Whether a failure names what the statement brings: the name or attribute that is missing, the error not raised. */
export function asksFor(failure: Failure, code: string): boolean {
  const raised = /(\w+) not raised|DID NOT RAISE.*?(\w+)['>]/.exec(failure.message);
  const expected = raised?.[1] ?? raised?.[2];
  if (expected !== undefined) return code.includes(`raise ${expected}`);
  const [missing] = missingName(failure);
  return missing !== undefined && new RegExp(`\\b${missing}\\b[^=\\n]*=(?!=)`).test(code);
}
