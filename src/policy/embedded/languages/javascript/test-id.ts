/** A test by the file that defines it and the titles that lead to it. */
export interface TestId {
  readonly path: string;
  readonly titles: readonly string[];
  /** The titles without the number that tells tests of one name apart. */
  readonly bareTitles: readonly string[];
}

/** Reads `path::suite › title (2)`, as the session program writes it. */
export function readTestId(id: string): TestId {
  const place = id.indexOf('::');
  const path = id.slice(0, place);
  const name = id.slice(place + 2);
  return { path, titles: name.split(SEPARATOR), bareTitles: name.replace(/ \(\d+\)$/, '').split(SEPARATOR) };
}

const SEPARATOR = ' › ';

/** A title as it stands in an id: line ends and the like are spaces there. */
export function legible(title: string): string {
  return title
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 600);
}
