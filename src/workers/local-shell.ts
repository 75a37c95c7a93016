import { randomUUID } from 'node:crypto';

import { executeToolCall } from '../activities/rollout/agent-tools.ts';
import { readBug, type Bug } from '../activities/artifact/bug-content.ts';
import { bugOf } from '../activities/artifact/named-diffs.ts';
import { outputText } from '../activities/services/command-output.ts';
import { startHistoryAnew } from '../activities/tree/history-wipe.ts';
import { imageIndexOf } from '../activities/leaks/kept-image-index.ts';
import { rebuildSolverTree } from '../activities/leaks/solver-tree.ts';
import { putBack, takeOracleFiles } from '../activities/tree/oracle-files.ts';
import { prepareTree } from '../activities/rollout/prepare-tree.ts';
import { sandboxRequest } from '../activities/services/sandbox-request.ts';
import type { Services } from '../activities/services/services.ts';
import type { NamedDiff } from '../activities/tree/tree-state.ts';
import type { Configuration } from '../config/configuration.ts';
import { SandboxUnavailableError } from '../domain/failure/errors.ts';
import type { Subject } from '../domain/subject/subject.ts';
import type { CommandResult, Sandbox } from '../sandbox/sandbox.ts';
import { LOCAL_OWNER } from './local-services.ts';

/**
 * A state of a bug's tree, its history one commit of it. `original`: as the image has it. `buggy`: what the tests that
 * check it run on; the oracle tests are whole. `weakened`: the bug with everything that hides it. `solver`: that with an
 * audit of what a solver could find.
 */
export type TreeState = 'original' | 'buggy' | 'weakened' | 'solver';

export interface BugTreeRequest {
  readonly artifactId: string;
  readonly subject: Subject;
  readonly sandbox: Configuration['sandbox'];
  readonly state: TreeState;
  readonly signal: AbortSignal;
}

/** A bug's tree in a sandbox of its own, for a person. */
export interface BugTree {
  readonly treeRoot: string;
  /** Runs a program as the agent's user in the tree's root. */
  run(argv: readonly [string, ...string[]], limits: RunLimits): Promise<ProgramEnd>;
  /** Runs a line as the agent's bash tool does: working directory and exported environment carry over to the next. */
  bash(line: string, limits: RunLimits): Promise<ProgramEnd>;
  /** Destroys the sandbox. */
  close(): Promise<void>;
}

export interface RunLimits {
  readonly timeoutMs: number;
  /** Kills everything that was started; the call then ends with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  /** Null when it was stopped at its deadline. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Empty where both streams come as one. */
  readonly stderr: string;
}

/** A person thinks for hours; the lease ends the sandbox of a command that died. */
const LIFETIME_SECONDS = 24 * 3600;

/** Logs of whole suites are a few MiB; of more the middle is left out, and says so. */
const OUTPUT_CAP_BYTES = 16 * 1024 * 1024;

/** Boots a sandbox of the bug's subject and builds one state of its tree with the functions of checks and rollouts. */
export async function openBugTree(services: Services, request: BugTreeRequest): Promise<BugTree> {
  const { subject, sandbox: config, signal } = request;
  const place = { owner: LOCAL_OWNER, subject, config, lifetimeSeconds: LIFETIME_SECONDS };
  const asked = sandboxRequest(services, place);
  try {
    const sandbox = await services.sandboxes.create(asked);
    signal.throwIfAborted();
    await buildState(services, sandbox, request);
    signal.throwIfAborted();
    return treeIn(services, sandbox);
  } catch (error) {
    await services.sandboxes.destroy(asked.id);
    throw error;
  }
}

async function buildState(services: Services, sandbox: Sandbox, request: BugTreeRequest): Promise<void> {
  const { artifactId, state, signal, subject, sandbox: config } = request;
  const place = { owner: LOCAL_OWNER, subject, sandbox: config };
  const progress = { signal, say: () => undefined };
  if (state === 'solver') {
    await prepareTree(services, sandbox, { ...place, task: { role: 'solver', artifactId } }, progress);
    return;
  }
  if (state !== 'original') {
    const bug = await readBug(services.store, artifactId);
    const index = await imageIndexOf(services, place, progress);
    const build = (diffs: readonly NamedDiff[]) => rebuildSolverTree(sandbox, { index, diffs, signal });
    if (state === 'weakened') await build(bug.diffs);
    else await buildBuggy(sandbox, bug, build);
  }
  await startHistoryAnew(sandbox, { signal });
}

/**
 * A second-order bug's own tests run on everything but the weakening: its oracle tests are put back
 * (docs/specification.md#higher-order-bugs).
 */
async function buildBuggy(
  sandbox: Sandbox,
  { row, artifact, diffs }: Bug,
  build: (diffs: readonly NamedDiff[]) => Promise<unknown>,
): Promise<void> {
  if (row.order === 1) {
    await build([bugOf(artifact)]);
    return;
  }
  const oracle = await takeOracleFiles(sandbox, artifact.testFiles);
  await build(diffs);
  const problem = await putBack(sandbox, oracle);
  if (problem !== undefined) throw new SandboxUnavailableError(`the bug could not be built again: ${problem}`);
}

function treeIn({ store: { blobs } }: Services, sandbox: Sandbox): BugTree {
  return {
    treeRoot: sandbox.treeRoot,
    run: async (argv, { timeoutMs, signal }) => {
      const command = { id: randomUUID(), argv, timeoutMs, outputCapBytes: OUTPUT_CAP_BYTES, separateStderr: true };
      const result = await sandbox.run(command, { signal });
      signal.throwIfAborted();
      return endOf(result);
    },
    bash: async (line, { timeoutMs, signal }) => {
      const limits = { commandId: randomUUID(), commandMs: timeoutMs, outputCapBytes: OUTPUT_CAP_BYTES, signal };
      const call = { tool: 'bash', command: line } as const;
      const { observation } = await executeToolCall(call, { sandbox, blobs, role: 'solver', ...limits });
      if (observation.tool !== 'bash') throw new RangeError('the bash tool observes what bash did');
      const { ending, exitCode, output } = observation;
      return { exitCode: ending === 'exited' ? exitCode : null, stdout: output, stderr: '' };
    },
    close: () => sandbox.destroy(),
  };
}

function endOf({ ending, exitCode, stdout, stderr }: CommandResult): ProgramEnd {
  return {
    exitCode: ending === 'exited' ? exitCode : null,
    stdout: outputText(stdout),
    stderr: outputText(stderr),
  };
}
