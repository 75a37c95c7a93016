import { readSubjects } from '../../src/config/corpus.ts';
import { readEnvironment } from '../../src/config/environment.ts';

/** The read-only environment directory that set-up made for the demo's subject of this name. */
export function subjectEnvironment(name: string): string {
  const subjects = readSubjects({ corpus: 'cache:demo.jsonl', subjects: undefined }, readEnvironment().cache);
  const source = subjects.find((subject) => subject.name === name)?.source;
  if (source?.kind !== 'directory' || source.environment === undefined) {
    throw new Error(`the demo corpus has no environment for ${name}; run scripts/setup --only subjects`);
  }
  return source.environment;
}
