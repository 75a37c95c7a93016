import type { BugArtifact } from '../../domain/artifact/bug-artifact.ts';
import { mergeableByKey, type Prediction } from '../../domain/grading/prediction.ts';
import { protectedPaths, type Protection } from '../../domain/grading/protection.ts';
import { mergeRunnerKeys } from '../../domain/steering/runner-keys.ts';
import type { RunnerConfiguration } from '../../domain/steering/runner-set-up.ts';
import { runnerSteering } from '../../domain/steering/runner-steering.ts';
import { changesOf, filesTouchedBy } from '../../domain/diff/unified-diff.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { readShell } from '../../syntax/shell-script.ts';
import type { OracleFile } from '../tree/oracle-files.ts';
import type { TreeListing } from '../tree/tree-listing.ts';
import { SETTINGS_LIMIT_BYTES } from '../tree/runner-configurations.ts';
import { readTexts } from '../tree/tree-texts.ts';
import type { NamedDiff } from '../tree/tree-state.ts';

/** What of a prediction was set aside: a path, why, and the keys where only these were. */
export interface SetAside {
  readonly path: string;
  readonly why: Protection | 'link' | 'keys';
  readonly keys?: readonly string[];
}

type Gradable = Extract<Prediction, { gradable: true }>;

/** What a prediction is applied to: a bug's tree, and the oracle tests as they were taken from the original. */
export interface Place {
  readonly sandbox: Sandbox;
  readonly bug: {
    readonly artifact: Pick<BugArtifact, 'testFiles' | 'testScript'>;
    /** What leads from the original to this tree. */
    readonly diffs: readonly NamedDiff[];
  };
  readonly oracle: readonly OracleFile[];
  readonly prediction: Gradable;
}

/** Texts by path. */
export type Texts = ReadonlyMap<string, string>;

/** Texts of those of the touched files that steer by key. */
export async function readKeyed(sandbox: Sandbox, { touched }: Gradable): Promise<Texts> {
  return readTexts(
    sandbox,
    touched.filter((file) => runnerSteering(file) === 'by-key'),
    SETTINGS_LIMIT_BYTES,
  );
}

/** The tree around the application of a prediction. */
interface Seen {
  readonly before: TreeListing;
  readonly after: TreeListing;
  /** Texts of the files that steer by key, before. */
  readonly keyed: Texts;
  readonly configurations: readonly RunnerConfiguration[];
}

/** Says of each touched path whether it stays, goes back whole, or goes back by key, with its new text. */
export async function setAsideOf(
  { sandbox, bug, oracle, prediction }: Place,
  { before, after, keyed, configurations }: Seen,
): Promise<{ readonly setAside: readonly SetAside[]; readonly texts: Texts }> {
  const isProtected = protectedPaths({
    treeFiles: [...before].filter(([, { type }]) => type !== 'd').map(([path]) => path),
    testFiles: bug.artifact.testFiles,
    oracleTexts: oracle.map(({ content }) => Buffer.from(content).toString('utf8')),
    script: readShell(bug.artifact.testScript),
    configurations,
    bugFiles: bug.diffs.flatMap(({ diff }) => filesTouchedBy(changesOf(diff))),
    touched: prediction.touched,
  });
  const keyedAfter = await readKeyed(sandbox, prediction);
  const setAside: SetAside[] = [];
  const texts = new Map<string, string>();
  for (const path of prediction.touched) {
    const why = isProtected.get(path);
    if (why !== undefined) setAside.push({ path, why });
    else if (before.get(path)?.type === 'l' || after.get(path)?.type === 'l') setAside.push({ path, why: 'link' });
    else if (runnerSteering(path) === 'by-key') {
      const merge = mergeKeyed(prediction, path, keyed.get(path), keyedAfter.get(path));
      if (merge === undefined) setAside.push({ path, why: 'steering' });
      else {
        texts.set(path, merge.text);
        if (merge.keys.length > 0) setAside.push({ path, why: 'keys', keys: merge.keys });
      }
    }
  }
  return { setAside, texts };
}

function mergeKeyed({ files }: Gradable, path: string, before: string | undefined, after: string | undefined) {
  if (!mergeableByKey(files, path) || before === undefined || after === undefined) return undefined;
  const merge = mergeRunnerKeys(path, before, after);
  return merge.merged ? merge : undefined;
}
