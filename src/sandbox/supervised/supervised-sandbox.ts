import { setMaxListeners } from 'node:events';

import { SandboxGoneError } from '../../domain/failure/errors.ts';
import { LOAD_PATIENCE_MS, type Command, type CommandResult, type Sandbox } from '../sandbox.ts';
import type { RequestOptions, SupervisorClient, SupervisorRequest } from './supervisor-client.ts';
import { toCommandResult, toFileReading, toFileWriting } from './supervisor-replies.ts';
import { cancelledBeforeStart } from '../cancelled-before-start.ts';

// What a loaded machine may add to a limit that the supervisor keeps by itself.
const GRACE_MS = 30_000;
// Forking a child that opens one file takes milliseconds; the supervisor ends one that takes more than a minute.
const FILE_ACCESS_MS = 60_000 + GRACE_MS;
// A container's supervisor removes whole repositories by itself: seconds for a large one.
const HIDE_MS = 60_000 + GRACE_MS;
// Packing the largest snapshot that the supervisor permits takes minutes; it gives up after a quarter of an hour.
const SNAPSHOT_MS = 900_000 + GRACE_MS;
// Taking note of a cancellation is one step of the supervisor's loop.
const CANCEL_MS = 10_000;

/** A sandbox whose supervisor answers on a connection; `connect` returns a living one or throws `SandboxGoneError`. */
export function createSupervisedSandbox(options: {
  readonly id: string;
  readonly treeRoot: string;
  readonly apart: boolean;
  readonly connect: () => Promise<SupervisorClient>;
  readonly destroy: () => Promise<void>;
}): Sandbox {
  const { id, treeRoot, apart, connect, destroy } = options;
  const request = (message: SupervisorRequest, requestOptions: RequestOptions) =>
    withReconnection(connect, (client) => client.request(message, requestOptions));
  return {
    id,
    treeRoot,
    apart,
    destroy,
    run: (command, { signal } = {}) => {
      const message = runRequest(command, treeRoot);
      return withReconnection(connect, (client) => runCommand(client, message, command, signal));
    },
    async read(path, { maxBytes }) {
      if (path.includes('\0')) return { found: false, problem: 'missing' };
      const message = { op: 'read', path: absolutePath(path, treeRoot), maxBytes } as const;
      return toFileReading(await request(message, { timeoutMs: FILE_ACCESS_MS }));
    },
    async write(path, content, { executable = false, id: writing } = {}) {
      if (path.includes('\0')) return { written: false, problem: 'not-permitted' };
      const message = { op: 'write', path: absolutePath(path, treeRoot), executable, id: writing ?? null } as const;
      return toFileWriting(await request(message, { timeoutMs: FILE_ACCESS_MS, body: content }));
    },
    async findWriting(writing) {
      const answer = await request({ op: 'find_writing', id: writing }, { timeoutMs: FILE_ACCESS_MS });
      return answer.header.unknown === true ? undefined : toFileWriting(answer);
    },
    async hide(entries) {
      await request({ op: 'hide', entries }, { timeoutMs: HIDE_MS });
    },
    async snapshot() {
      return (await request({ op: 'snapshot' }, { timeoutMs: SNAPSHOT_MS })).body;
    },
    async markTree() {
      await request({ op: 'mark_tree' }, { timeoutMs: FILE_ACCESS_MS });
    },
    async treeChanged() {
      return (await request({ op: 'tree_changed' }, { timeoutMs: FILE_ACCESS_MS })).header.changed === true;
    },
  };
}

/** A broken connection is not a dead sandbox, and every request may be repeated, because commands carry an id. */
async function withReconnection<Result>(
  connect: () => Promise<SupervisorClient>,
  use: (client: SupervisorClient) => Promise<Result>,
): Promise<Result> {
  const client = await connect();
  try {
    return await use(client);
  } catch (error) {
    if (!(error instanceof SandboxGoneError)) throw error;
    return use(await connect());
  }
}

async function runCommand(
  client: SupervisorClient,
  message: SupervisorRequest,
  command: Command,
  signal: AbortSignal | undefined,
): Promise<CommandResult> {
  if (signal?.aborted === true) return cancelledBeforeStart();
  const { id, timeoutMs, stdin } = command;
  const patienceMs = timeoutMs + LOAD_PATIENCE_MS + GRACE_MS;
  const result = client.request(message, { timeoutMs: patienceMs, ...(stdin && { body: stdin }) });
  // On the same connection and after the command itself, so that it cannot come too early. Where it fails, the
  // connection is gone, and the command's own request says so.
  const cancel = (): void =>
    void client.request({ op: 'cancel', commandId: id }, { timeoutMs: CANCEL_MS }).catch(() => undefined);
  // Any number of commands may wait for one signal; Node takes more than ten for a leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return toCommandResult(await result);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

function runRequest(command: Command, treeRoot: string): SupervisorRequest {
  const { id, argv, cwd = treeRoot, env = {}, stdin, timeoutMs, outputCapBytes, separateStderr = false } = command;
  for (const text of [...argv, cwd, ...Object.keys(env), ...Object.values(env)]) {
    if (text.includes('\0')) throw new RangeError(`command ${id} holds a NUL character, which no program can be given`);
  }
  if (argv[0].includes('='))
    throw new RangeError(`command ${id}: "=" in the name of a program is taken for a variable`);
  return {
    op: 'run',
    hasStdin: stdin !== undefined,
    command: { id, argv, cwd, env, timeoutMs, loadPatienceMs: LOAD_PATIENCE_MS, outputCapBytes, separateStderr },
  };
}

function absolutePath(path: string, treeRoot: string): string {
  return path.startsWith('/') ? path : `${treeRoot}/${path}`;
}
