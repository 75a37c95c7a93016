import type { SabotageFacts } from '../../domain/checks/validation-facts.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { alterExpectations } from '../../syntax/altered-expectations.ts';
import { sabotageTests } from '../../syntax/sabotage.ts';
import { encodingOf } from '../tree/tree-texts.ts';
import { clear, writeFile } from '../tree/write-file.ts';

/** Test files are sources of sane size; a larger one is data. */
const TEST_FILE_LIMIT_BYTES = 2 * 1024 * 1024;

/** Which of the files were changed, and why the others that were expected to be were not. */
export type ChangedTests = Pick<SabotageFacts, 'files' | 'notDone'>;

type ChangedFile = ChangedTests['files'][number];
type UnchangedFile = ChangedTests['notDone'][number];

/** A test file with its tests changed, or why it was not. */
type TestChange = (
  path: string,
  text: string,
) => ({ readonly text: string } & Omit<ChangedFile, 'path'>) | { readonly reason: string };

/** Which tests of which files. */
interface Wanted {
  readonly paths: readonly string[];
  /** Tests that reports name, whatever they are called. */
  readonly names: ReadonlySet<string>;
  /** The files of which it has to be said why they were not changed. */
  readonly expected: ReadonlySet<string>;
}

/** Makes every test of these files raise, in the tree as it stands (docs/specification.md#sabotage). */
export function sabotageTree(sandbox: Sandbox, wanted: Wanted): Promise<ChangedTests> {
  return changeTests(sandbox, wanted, (path, text) => {
    const sabotage = sabotageTests(path, text, wanted.names);
    return sabotage.sabotaged ? sabotage : { reason: sabotage.reason };
  });
}

/** Has the tests of these files expect other values, drawn from the seed (docs/specification.md#altered-expectations). */
export function alterTree(sandbox: Sandbox, wanted: Wanted & { readonly seed: number }): Promise<ChangedTests> {
  const options = { seed: wanted.seed, knownNames: wanted.names };
  return changeTests(sandbox, wanted, (path, text) => {
    const alteration = alterExpectations(path, text, options);
    return alteration.altered ? alteration : { reason: alteration.reason };
  });
}

/** What has no such test in it, or is not there, stays as it is. */
async function changeTests(sandbox: Sandbox, { paths, expected }: Wanted, change: TestChange): Promise<ChangedTests> {
  const files: ChangedFile[] = [];
  const notDone: UnchangedFile[] = [];
  for (const path of paths) {
    const done = await changeFile(sandbox, path, change);
    if ('tests' in done) files.push(done);
    else if (expected.has(path)) notDone.push(done);
  }
  return { files, notDone };
}

async function changeFile(sandbox: Sandbox, path: string, change: TestChange): Promise<ChangedFile | UnchangedFile> {
  const target = `${sandbox.treeRoot}/${path}`;
  const reading = await sandbox.read(target, { maxBytes: TEST_FILE_LIMIT_BYTES });
  if (!reading.found) return { path, reason: `the file cannot be read: ${reading.problem}` };
  const encoding = encodingOf(reading.content);
  const changed = change(path, Buffer.from(reading.content).toString(encoding));
  if ('reason' in changed) return { path, reason: changed.reason };
  const problem = await overwrite(sandbox, target, Buffer.from(changed.text, encoding), reading);
  if (problem !== undefined) return { path, reason: `the file cannot be written: ${problem}` };
  return { path, tests: changed.tests, names: changed.names };
}

/** Writes the file anew where its mode protects it: test files of some projects may only be read. */
async function overwrite(
  sandbox: Sandbox,
  target: string,
  content: Uint8Array,
  { executable }: { readonly executable: boolean },
): Promise<string | undefined> {
  const problem = await writeFile(sandbox, target, content);
  if (problem !== 'not-permitted') return problem;
  await clear(sandbox, target);
  return writeFile(sandbox, target, content, { executable });
}
