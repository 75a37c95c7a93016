import { quote, type Steps, bash } from './steps.ts';

/** Reads one text file of the tree; undefined where there is none. */
export function* readText(sourceTree: string, path: string): Steps<string | undefined> {
  // The mark keeps the file's own line breaks at its end apart from those of the observation.
  const { succeeded, output } = yield* bash(
    `cd ${quote(sourceTree)} && cat -- ${quote(path)} && echo ${quote(END_OF_FILE)}`,
  );
  const end = output.lastIndexOf(END_OF_FILE);
  return succeeded && end !== -1 ? output.slice(0, end) : undefined;
}

const END_OF_FILE = '[end of file]';
