import type { LanguageLeftOut } from '../../config/corpus.ts';
import type { CommandContext } from '../command/command-context.ts';
import { chooseCorpus } from './corpus-choice.ts';
import { EXIT } from '../command/exit-codes.ts';
import { formatNumber, NONE } from '../text/format-values.ts';
import { writeJson, type Output } from '../text/output.ts';
import { toSubjectDocument, type SubjectDocument } from './subject-document.ts';
import { renderTable } from '../text/table.ts';

export interface ListSubjectsOptions {
  readonly corpus?: string;
  readonly json?: boolean;
}

/** What `subjects list --json` writes (docs/json-output.md). */
export interface SubjectsDocument {
  readonly corpus: string;
  readonly subjects: readonly SubjectDocument[];
  readonly leftOut: readonly LanguageLeftOut[];
}

/** The subjects of a corpus, in its order. */
export function listSubjects(context: CommandContext, options: ListSubjectsOptions): Promise<number> {
  const { corpus, subjects, leftOut } = chooseCorpus(options.corpus, context.environment);
  const document: SubjectsDocument = { corpus, subjects: subjects.map(toSubjectDocument), leftOut };
  const { output, messages } = context;
  if (options.json === true) writeJson(output, document);
  else {
    messages.write(`${corpus}\n`);
    output.write(renderSubjects(document.subjects, output));
    for (const { language, reason } of leftOut) {
      messages.write(`set-up left out ${language}: ${reason}; scripts/setup --only subjects tries again\n`);
    }
  }
  return Promise.resolve(EXIT.ok);
}

function renderSubjects(subjects: readonly SubjectDocument[], page: Pick<Output, 'columns' | 'colors'>): string {
  const total = subjects.reduce((sum, { weight }) => sum + weight, 0);
  return renderTable(
    [
      { title: 'subject', value: ({ name }) => name, cut: 1 },
      { title: 'kind', value: ({ kind }) => kind },
      { title: 'drawn', value: ({ weight }) => `${formatNumber((100 * weight) / total)} %`, align: 'right' },
      { title: 'source', value: ({ source }) => source, cut: 2 },
      { title: 'environment', value: ({ environment }) => environment ?? NONE, cut: 3 },
    ],
    subjects,
    page,
  );
}
