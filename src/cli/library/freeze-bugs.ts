import { resolve } from 'node:path';

import { writeBugLibrary } from '../../config/bug-library.ts';
import { readSubjects } from '../../config/corpus.ts';
import { findKeptSubject, type KeptSubject } from '../../config/kept-subject.ts';
import { VALIDATOR_VERSION } from '../../domain/checks/validator-version.ts';
import { ARTIFACT_FILES, type ArtifactFile } from '../../domain/artifact/bug-artifact.ts';
import { LedgerConflictError } from '../../domain/failure/errors.ts';
import { chooseBugs, type Candidate } from '../../domain/library/choose-bugs.ts';
import type { FrozenBug } from '../../domain/library/frozen-bug.ts';
import type { BugRow } from '../../domain/record/ledger-rows.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import type { Store } from '../../store/store.ts';
import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { withStore } from '../command/read-store.ts';
import { readBugFiles, type BugFiles } from '../records/bug-files.ts';
import { requireRun } from '../records/require-run.ts';
import { keptFactsFormat, readStored } from '../records/stored-formats.ts';
import { writeJson } from '../text/output.ts';

export interface FreezeOptions {
  readonly run?: string;
  readonly subject?: string;
  readonly solved?: boolean;
  readonly alike: number;
  readonly json?: boolean;
}

/** What `freeze --json` writes. */
export interface LibraryDocument {
  readonly file: string;
  readonly library: string;
  readonly validatorVersion: string;
  readonly bugs: number;
  /** Accepted bugs that are not in it, by why. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Every one of a ledger. */
const ALL = Number.MAX_SAFE_INTEGER;

/** Writes accepted bugs that are valid today into a library that stays as it is. */
export async function freezeBugs(context: CommandContext, name: string, options: FreezeOptions): Promise<number> {
  const file = resolve(name);
  const { bugs, leftOut } = await withStore(context, (store) => collectBugs(store, context, options));
  if (bugs.length === 0)
    throw new CommandFailure(`no bug is fit for a library${describe(leftOut)}${wayOut(leftOut)}`, EXIT.usage);
  const { id } = writeBugLibrary(file, { bugs, validatorVersion: VALIDATOR_VERSION });
  const document: LibraryDocument = {
    ...{ file, library: id, validatorVersion: VALIDATOR_VERSION, bugs: bugs.length, leftOut },
  };
  if (options.json === true) writeJson(context.output, document);
  else context.output.write(`${bugs.length} bugs in ${file}\nlibrary ${id}\n`);
  if (Object.keys(leftOut).length > 0) context.messages.write(`left out${describe(leftOut)}${wayOut(leftOut)}\n`);
  return EXIT.ok;
}

async function collectBugs(
  store: Pick<Store, 'blobs' | 'ledger'>,
  { environment: { cache } }: CommandContext,
  { run, subject, solved = false, alike }: FreezeOptions,
): Promise<{ readonly bugs: readonly FrozenBug[]; readonly leftOut: Record<string, number> }> {
  const { ledger } = store;
  await requireRun(store, run);
  const rows = await ledger.listBugs({ limit: ALL, ...(run === undefined ? {} : { runId: run }) });
  // What lies in this store because another library was used here has no run.
  const own = rows.filter(
    ({ artifact }) => artifact.runId !== null && (subject === undefined || artifact.subject === subject),
  );
  const candidates = await Promise.all(own.reverse().map((bug) => withRevalidation(store, bug)));
  const choice = { validatorVersion: VALIDATOR_VERSION, solved, alike };
  const { chosen, leftOut } = chooseBugs(candidates, choice);
  const subjectOf = createSubjectFinder(store, cache);
  const bugs: FrozenBug[] = [];
  let homeless = 0;
  for (const bug of chosen) {
    const kept = await subjectOf(bug);
    if (kept.found) bugs.push(await freeze(store, bug, kept.subject));
    else homeless += 1;
  }
  return { bugs, leftOut: { ...leftOut, ...(homeless === 0 ? {} : { 'subject-gone': homeless }) } };
}

async function withRevalidation({ ledger }: Pick<Store, 'ledger'>, bug: BugRow): Promise<Candidate> {
  const key = { artifactId: bug.artifact.artifactId, validatorVersion: VALIDATOR_VERSION };
  const verdict = (await ledger.findRevalidation(key))?.verdict;
  return { ...bug, revalidated: verdict === 'not-done' ? undefined : verdict };
}

/** Subjects as the runs of the bugs keep them; each is looked up once. */
function createSubjectFinder({ ledger }: Pick<Store, 'ledger'>, cache: string) {
  const known = new Map<string, KeptSubject>();
  return async ({ artifact: { runId, subject } }: BugRow): Promise<KeptSubject> => {
    const key = JSON.stringify([runId, subject]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const run = runId === null ? undefined : await ledger.findRun(runId);
    const kept: KeptSubject =
      run === undefined
        ? { found: false, problem: ' is of no run' }
        : findKeptSubject(run, subject, (config) => readSubjects(config, cache));
    known.set(key, kept);
    return kept;
  };
}

async function freeze(
  store: Pick<Store, 'blobs'>,
  { artifact, episode }: BugRow,
  subject: Subject,
): Promise<FrozenBug> {
  const { strategy, treeHash, image, bugHash, sketch, failToPass, passToPass, quarantined } = artifact;
  const { facts } = await readStored(store.blobs, artifact.facts, keptFactsFormat);
  const { original, sabotage } = facts;
  return {
    id: artifact.contentId ?? '',
    subject,
    solveRate: episode?.solveRate ?? null,
    ...{ strategy, treeHash, image, bugHash, sketch, failToPass, passToPass, quarantined },
    filesChanged: artifact.filesChanged,
    linesChanged: artifact.linesChanged,
    validatorVersion: artifact.validatorVersion,
    files: allFiles(await readBugFiles(store.blobs, artifact), artifact.artifactId),
    facts: {
      artifact: facts.artifact,
      ...(original === undefined ? {} : { original }),
      ...(sabotage === undefined ? {} : { sabotage }),
    },
  };
}

function allFiles({ files }: BugFiles, artifactId: string): Record<ArtifactFile, string> {
  const text = (name: ArtifactFile) => {
    const found = files[name];
    if (found === undefined) throw new LedgerConflictError(`the accepted bug ${artifactId} lacks its ${name}`);
    return found;
  };
  const [script, list, parser, bug, weakening] = ARTIFACT_FILES;
  return {
    [script]: text(script),
    [list]: text(list),
    [parser]: text(parser),
    [bug]: text(bug),
    [weakening]: text(weakening),
  };
}

function describe(leftOut: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(leftOut).map(([reason, bugs]) => `${bugs} ${WORDS.get(reason) ?? reason}`);
  return reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
}

function wayOut(leftOut: Readonly<Record<string, number>>): string {
  return 'not-judged-today' in leftOut ? '. `selfplay revalidate --consistent-only` judges by the checks of today' : '';
}

const WORDS = new Map([
  ['second-order', 'of second order'],
  ['not-judged-today', 'judged by other checks than those of today'],
  ['not-consistent-today', 'refused by the checks of today'],
  ['not-solved', 'that no attempt has solved'],
  ['same', 'the same as another'],
  ['alike', 'like another'],
  ['subject-gone', 'whose subject is gone'],
]);
