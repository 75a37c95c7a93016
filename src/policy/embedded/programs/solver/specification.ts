/** What a solver reads off the diff that it is given. */
export interface Specification {
  readonly diff: string;
  readonly paths: readonly string[];
  readonly addedLines: readonly string[];
}

export function readSpecification(diff: string): Specification {
  const lines = diff.split('\n');
  return {
    diff,
    paths: [...new Set(lines.flatMap((line) => /^\+\+\+ b\/([^\t]+)/.exec(line)?.[1] ?? []))],
    addedLines: lines.filter((line) => line.startsWith('+') && !line.startsWith('+++ ')).map((line) => line.slice(1)),
  };
}
