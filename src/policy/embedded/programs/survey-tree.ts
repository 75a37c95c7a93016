import { bash, look, quote, type Steps } from '../steps/steps.ts';
import type { Language, Survey } from '../languages/language.ts';

/** The tree's main language and what its survey found. */
export interface SurveyedTree {
  readonly language: Language;
  readonly survey: Survey;
}

/**
 * Looks which of the known languages the tree is written in, and surveys it; `first` are commands that come before.
 * Undefined where nothing is found.
 */
export function* surveyTree(
  sourceTree: string,
  languages: readonly Language[],
  first = '',
): Steps<SurveyedTree | undefined> {
  const inTree = `cd ${quote(sourceTree)} && `;
  const listing = yield* bash(`${first}${inTree}git ls-files | head -c 60000`);
  const language = mainLanguage(listing.output.split('\n'), languages);
  if (language === undefined) return undefined;
  const { output } = yield* look(inTree + language.surveyCommand);
  const survey = language.readSurvey(output);
  return survey && { language, survey };
}

function mainLanguage(paths: readonly string[], languages: readonly Language[]): Language | undefined {
  const shares = languages.map((language) => ({ language, share: language.shareOf(paths) }));
  return shares.filter(({ share }) => share > 0).sort((one, other) => other.share - one.share)[0]?.language;
}
