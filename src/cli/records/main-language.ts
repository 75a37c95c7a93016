import { languagesOfFiles } from '../../domain/subject/languages-of-files.ts';

/** The language that most of the files are written in, by their extensions; undefined when none is known. */
export function mainLanguage(paths: readonly string[]): string | undefined {
  return languagesOfFiles(paths)[0]?.language;
}

/** The first of those that occur most often. */
export function mostFrequent(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<readonly [string | undefined, number]>(
    (best, [value, count]) => (count > best[1] ? [value, count] : best),
    [undefined, 0],
  )[0];
}
