import type { LocalVerdict } from '../workers/local-services.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT } from './exit-codes.ts';
import { judge, type JudgementOptions } from './local-judgement.ts';
import { writeJson } from './output.ts';
import { renderChecks } from './render-bug.ts';
import { toCheckDocument, type CheckDocument } from './show-documents.ts';

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
  else output.write(`${renderChecks(document.checks, output)}\n${describeVerdict(document)}`);
  return verdict === 'consistent' ? EXIT.ok : EXIT.no;
}

export function describeVerdict({
  verdict,
  check,
  detail,
}: Pick<VerdictDocument, 'check' | 'detail'> & { readonly verdict: string }): string {
  return `${verdict}${check === null ? '' : ` (${check})`}: ${detail}\n`;
}
