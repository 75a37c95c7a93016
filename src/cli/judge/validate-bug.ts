import type { LocalVerdict } from '../../workers/local-services.ts';
import type { CommandContext } from '../command/command-context.ts';
import { EXIT } from '../command/exit-codes.ts';
import { judge, type JudgementOptions } from './local-judgement.ts';
import { writeJson, type Output } from '../text/output.ts';
import { pageOf } from '../text/page.ts';
import { renderChecks, renderFigures } from '../show/render-checks.ts';
import { toCheckDocument, type CheckDocument } from '../show/show-documents.ts';

/** What `validate --json` writes. */
export interface VerdictDocument {
  readonly verdict: LocalVerdict['verdict'];
  readonly check: string | null;
  readonly detail: string;
  readonly validatorVersion: string;
  readonly contentId: string | null;
  readonly checks: readonly CheckDocument[];
}

/** Judges an artifact folder made by anyone. */
export async function validateBug(context: CommandContext, options: JudgementOptions): Promise<number> {
  const found = await judge(context, options, (services, request) => services.validate(request));
  if (found === undefined) return context.interrupts().exitCode() ?? EXIT.infrastructure;
  const { verdict, check, detail, validatorVersion, contentId } = found;
  const checks = found.checks.map(toCheckDocument);
  const document: VerdictDocument = { verdict, check, detail, validatorVersion, contentId, checks };
  const { output } = context;
  if (options.json === true) writeJson(output, document);
  else output.write(renderVerdict(document, output));
  return verdict === 'consistent' ? EXIT.ok : EXIT.no;
}

/** Every check, the figures of the one that decided, and the verdict. */
function renderVerdict(document: VerdictDocument, output: Output): string {
  const decided = document.checks.filter(({ verdict }) => verdict === 'failed');
  const figures = renderFigures(decided, pageOf(output, true));
  return `${renderChecks(document.checks, output)}\n${figures}${describeVerdict(document)}`;
}

export function describeVerdict({
  verdict,
  check,
  detail,
}: Pick<VerdictDocument, 'check' | 'detail'> & { readonly verdict: string }): string {
  return `${verdict}${check === null ? '' : ` (${check})`}: ${detail}\n`;
}
