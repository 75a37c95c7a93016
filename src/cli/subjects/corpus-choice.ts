import { existsSync } from 'node:fs';

import type { Environment } from '../../config/environment.ts';
import { corpusFile, readLeftOut, readSubjects, type LanguageLeftOut } from '../../config/corpus.ts';
import type { Subject } from '../../domain/subject/subject.ts';

/** Where `subjects add` writes, and `list` and `check` look first. */
export const OWN_CORPUS = 'corpus.jsonl';
/** Everything that set-up built. */
const BUILT_CORPUS = 'cache:all.jsonl';

/** The subjects of the corpus that a command is about. */
export interface ChosenCorpus {
  readonly corpus: string;
  readonly subjects: readonly Subject[];
  /** Only of a corpus that set-up made. */
  readonly leftOut: readonly LanguageLeftOut[];
}

/** The corpus that is named, else the one in this folder, else what set-up built. */
export function chooseCorpus(named: string | undefined, { cache }: Pick<Environment, 'cache'>): ChosenCorpus {
  const corpus = named ?? (existsSync(OWN_CORPUS) ? OWN_CORPUS : BUILT_CORPUS);
  return {
    corpus: corpusFile(corpus, cache),
    subjects: readSubjects({ corpus, subjects: undefined }, cache),
    leftOut: corpus.startsWith('cache:') ? readLeftOut(cache) : [],
  };
}
