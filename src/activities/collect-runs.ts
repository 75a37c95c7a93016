import { scriptTimeLimitMs } from '../domain/consistency.ts';
import { SandboxUnavailableError } from '../domain/errors.ts';
import { filesTouchedBy, readDiff, restrictDiff } from '../domain/unified-diff.ts';
import type { BugArtifact } from '../domain/bug-artifact.ts';
import { repetitionsOf } from '../domain/validation-profile.ts';
import type { FileReversion, OriginalFacts, ValidationFacts } from '../domain/validation-facts.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { bugOf, weakeningOf } from './collect-artifact.ts';
import { conflictingExperiments, parserExperiments } from './parser-experiments.ts';
import type { Progress } from './progress.ts';
import { withSandbox } from './sandbox-request.ts';
import type { Services } from './services.ts';
import { runTests, type LoggedRun, type TestRunSetting } from './test-run.ts';
import { changedFiles, listTree, originalTree, type TreeListing } from './tree-listing.ts';
import { applyDiffs, type NamedDiff } from './tree-state.ts';
import type { ValidationInput } from './validation-activities.ts';

/** The texts of files that checks look into: bug files and listed tests are source files of sane size. */
const TEXT_LIMIT_BYTES = 2 * 1024 * 1024;

/** Facts for the checks test-files, parser and test-script: the original tree, run as often as the profile says. */
export async function collectOriginalRuns(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  { signal, say }: Progress,
): Promise<ValidationFacts> {
  const artifact = artifactOf(facts);
  const setting = settingOf(input, artifact, signal);
  const count = repetitionsOf(input.validation.profile).clean;
  say(`running the tests on the original, ${count} times`);
  const timeLimitMs = scriptTimeLimitMs(0);
  const runs = await Promise.all(
    range(count).map((repeat) => runState(services, { ...setting, diffs: [], timeLimitMs, repeat, observed: true })),
  );
  const first = firstOf(runs);
  say('trying the parser on changed logs');
  const original: OriginalFacts = {
    tree: originalTree(first.before),
    testFileTexts: await readTexts(services, input, artifact.testFiles),
    bugFileTexts: await readTexts(services, input, bugPaths(artifact)),
    runs: runs.map(({ run }) => run),
    changedByScript: [...new Set(runs.flatMap(({ before, after }) => changedFiles(before, after)))],
    parser: input.validation.profile === 'paper' ? [] : await parserExperiments(services, setting, first.log),
    log: first.log,
  };
  return { ...facts, original };
}

/** Facts for bug-validity and determinism: the bug applied, the tests as they were. */
export async function collectBuggyRuns(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  { signal, say }: Progress,
): Promise<ValidationFacts> {
  const artifact = artifactOf(facts);
  const setting = settingOf(input, artifact, signal);
  const count = repetitionsOf(input.validation.profile).buggy;
  say(`running the tests on the buggy state, ${count} times`);
  const timeLimitMs = timeLimitOf(facts);
  const diffs = [bugOf(artifact)];
  const runs = await Promise.all(
    range(count).map((repeat) => runState(services, { ...setting, diffs, timeLimitMs, repeat })),
  );
  const first = firstOf(runs);
  const conflicting =
    input.validation.profile === 'paper' || facts.original === undefined
      ? []
      : await conflictingExperiments(services, setting, facts.original, first);
  return { ...facts, buggy: { runs: runs.map(({ run }) => run), conflicting } };
}

/** Facts for weakening-validity: the bug and the weakening applied. */
export async function collectWeakenedRun(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  { signal, say }: Progress,
): Promise<ValidationFacts> {
  const artifact = artifactOf(facts);
  say('running the weakened tests on the buggy state');
  const diffs = [bugOf(artifact), weakeningOf(artifact)];
  const timeLimitMs = timeLimitOf(facts);
  const { run } = await runState(services, { ...settingOf(input, artifact, signal), diffs, timeLimitMs, repeat: 0 });
  return { ...facts, weakened: { run } };
}

/** Facts for inverse-mutation: each file of the bug put back alone, under the tests as they were. */
export async function collectInverseMutations(
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  { signal, say }: Progress,
): Promise<ValidationFacts> {
  const artifact = artifactOf(facts);
  const setting = settingOf(input, artifact, signal);
  const changes = changesOf(artifact);
  const timeLimitMs = timeLimitOf(facts);
  say(`putting back each of ${changes.length} files of the bug alone`);
  const reversions = await Promise.all(
    changes.map(async ({ path, oldPath }): Promise<FileReversion> => {
      const rest = restrictDiff(artifact.bugInject, (file) => file !== path && file !== oldPath);
      const diffs = rest === '' ? [] : [{ name: `bug_inject.diff without ${path}`, diff: rest }];
      const { run } = await runState(services, { ...setting, diffs, timeLimitMs, repeat: 0 });
      return { path, run };
    }),
  );
  return { ...facts, inverse: { reversions } };
}

interface State {
  readonly diffs: readonly NamedDiff[];
  readonly timeLimitMs: number;
  readonly repeat: number;
  /** List the tree before and after, to see what the script did to it. */
  readonly observed?: boolean;
}

interface ObservedRun extends LoggedRun {
  readonly before: TreeListing;
  readonly after: TreeListing;
}

/**
 * Builds one state fresh from the image and runs the tests on it. A time-out is repeated once, with no other test run
 * beside it, so that load never decides (SPEC 4, check 3).
 */
async function runState(services: Services, state: TestRunSetting & State): Promise<ObservedRun> {
  const first = await services.testRuns(() => runStateOnce(services, state));
  if (first.run.ending !== 'timed-out') return first;
  return services.aloneAmongTestRuns(() => runStateOnce(services, state));
}

async function runStateOnce(services: Services, state: TestRunSetting & State): Promise<ObservedRun> {
  const { owner, subject, sandbox: config, signal, observed = false } = state;
  signal.throwIfAborted();
  return withSandbox(services, { owner, subject, config }, async (sandbox) => {
    const application = await applyDiffs(sandbox, state.diffs, signal);
    // Check 0 has seen the same diffs apply to the same tree.
    if (!application.applied)
      throw new SandboxUnavailableError(`a state could not be built again: ${application.problem}`);
    const before = await listed(sandbox, observed, signal);
    const logged = await runTests(services, sandbox, state);
    return { ...logged, before, after: await listed(sandbox, observed, signal) };
  });
}

async function listed(sandbox: Sandbox, observed: boolean, signal: AbortSignal): Promise<TreeListing> {
  return observed ? listTree(sandbox, signal) : new Map();
}

function settingOf(input: ValidationInput, artifact: BugArtifact, signal: AbortSignal): TestRunSetting {
  const { owner, subject, sandbox } = input;
  return { owner, subject, sandbox, artifact, signal };
}

/** Texts of files of the original tree, by path; what is not there, not text, or too large is left out. */
async function readTexts(
  services: Services,
  input: ValidationInput,
  paths: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  return withSandbox(
    services,
    { owner: input.owner, subject: input.subject, config: input.sandbox },
    async (sandbox) => {
      const texts: [string, string][] = [];
      for (const path of paths) {
        const reading = await sandbox.read(`${sandbox.treeRoot}/${path}`, { maxBytes: TEXT_LIMIT_BYTES });
        if (reading.found) texts.push([path, Buffer.from(reading.content).toString('utf8')]);
      }
      return Object.fromEntries(texts);
    },
  );
}

function artifactOf({ artifact }: ValidationFacts): BugArtifact {
  if (!artifact.wellFormed) throw new RangeError('facts are gathered only about a well-formed artifact');
  return artifact.artifact;
}

function changesOf({ bugInject }: BugArtifact) {
  const reading = readDiff(bugInject);
  return reading.readable ? reading.files : [];
}

function bugPaths(artifact: BugArtifact): readonly string[] {
  return filesTouchedBy(changesOf(artifact));
}

function timeLimitOf({ original }: ValidationFacts): number {
  return scriptTimeLimitMs(Math.max(0, ...(original?.runs ?? []).map(({ durationMs }) => durationMs)));
}

function firstOf<Item>(items: readonly Item[]): Item {
  const [first] = items;
  if (first === undefined) throw new RangeError('a state is run at least once');
  return first;
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
