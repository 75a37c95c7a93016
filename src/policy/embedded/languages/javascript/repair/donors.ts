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
import type { Failure } from '../../language.ts';
import { isGuard } from '../removal.ts';
import { functionsIn, type JavaScriptFunction } from '../syntax.ts';
import { clauseDrafts } from './clauses.ts';
import { namesIn, type Scope } from './scope.ts';
import { blocksIn, gapsIn, nameMapping, statementsOf } from './statements.ts';
import { asksFor } from './told-by-failure.ts';

/** Most statements put somewhere in one function. */
const MOST_DRAFTS = 90;

const NO_DONORS = /^(?:function|generator|class)\w*_declaration$|^empty_statement$/;

const JAVASCRIPT: DonorLanguage<Scope, JavaScriptFunction> = {
  ...{ statementsOf, nameMapping, asksFor },
  mostLines: 6,
  serves: ({ node }) => !isDocumentation(node) && !NO_DONORS.test(node.kind),
  isGuard: (_text, node) => isGuard(node),
  namesIn: namesRead,
  unknownIn: ({ known }, names) => names.filter((name) => !known.has(name)).length,
  isSibling: (_text, one, other) => isSibling(one, other),
  agrees: () => true,
};

/** Statements and clauses of the same file, put back where they may be missing. */
export function donorDrafts(scope: Scope, failures: readonly Failure[]): readonly RepairDraft[] {
  const functions = nearestFirst(scope).slice(0, MOST_FUNCTIONS);
  const donors = statementDonors(JAVASCRIPT, scope, { functions, failures });
  const gaps = blocksIn(scope.tree).flatMap((block) => gapsIn(scope.text, block));
  return [
    ...placedDonors(gaps, donors, { most: MOST_DRAFTS, prefersEmpty: false }),
    ...returnedByOthers(scope, donors, { nothing: /^return undefined;?$/, returns: /^return \S.*$/ }),
    ...clauseDrafts(scope, functions),
  ];
}

/** What a statement declares need not be known before it. */
function namesRead(code: string): readonly string[] {
  const declared = /^(?:var|let|const)\s+([\w$]+)/.exec(code)?.[1];
  return namesIn(code).filter((name) => name !== declared);
}

/** Functions of the same class and of the same name first, then those around. */
function nearestFirst({ text, definition }: Scope): readonly JavaScriptFunction[] {
  const distance = (other: JavaScriptFunction) =>
    Math.abs(other.start - definition.start) * (isSibling(definition, other) ? 1 : 4);
  return [...functionsIn(text)].sort((one, other) => distance(one) - distance(other));
}
