import type { BugArtifact } from '../../domain/artifact/bug-artifact.ts';
import { namedBySetUp } from '../../domain/steering/runner-set-up.ts';
import { changesOf, filesTouchedBy } from '../../domain/diff/unified-diff.ts';
import type { OriginalFacts, ValidationConfig } from '../../domain/checks/validation-facts.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { readShell } from '../../syntax/shell-script.ts';
import { collectScriptLoads } from './collect-script-loads.ts';
import { readConfigurations } from '../tree/runner-configurations.ts';
import { listedTree, originalTree, readTree } from '../tree/tree-listing.ts';
import { textsOf } from './validation-setting.ts';

/** What is read from the original tree before anything runs in it. */
export type OriginalLook = Omit<OriginalFacts, 'runs' | 'parser' | 'log' | 'changedByScript' | 'treeProblem'>;

/** Looks at the tree as the image has it, with its repositories: runs of the tests find one commit of it. */
export async function lookAtOriginal(
  sandbox: Sandbox,
  { bugInject, testFiles, testScript }: BugArtifact,
  { profile, signal }: { readonly profile: ValidationConfig['profile']; readonly signal: AbortSignal },
): Promise<OriginalLook> {
  const bugFiles = filesTouchedBy(changesOf(bugInject));
  const tree = listedTree(await readTree(sandbox, signal));
  const script = readShell(testScript);
  const isLoaded = namedBySetUp(await readConfigurations(sandbox, tree));
  return {
    tree: originalTree(tree),
    testFileTexts: await textsOf(sandbox, testFiles),
    bugFileTexts: await textsOf(sandbox, bugFiles),
    bugFilesOfRunner: bugFiles.filter(isLoaded),
    script,
    ...(profile === 'strict' && { scriptLoads: await collectScriptLoads(sandbox, script, signal) }),
  };
}
