import { ImageNotFoundError, SandboxGoneError } from '../../domain/failure/errors.ts';
import { TREE_ROOT } from '../mount-points.ts';
import { cappedOutput } from './capped-output.ts';
import { pack, treeOf, unpack, type InMemoryFile, type InMemoryFiles } from './in-memory-files.ts';
import { assertSandboxId } from '../sandbox-id.ts';
import type { MachineShare } from '../../domain/report/timeliness.ts';
import type {
  Command,
  CommandResult,
  HiddenEntry,
  Sandbox,
  Sandboxes,
  SandboxListing,
  SandboxRequest,
} from '../sandbox.ts';
import { cancelledBeforeStart } from '../cancelled-before-start.ts';

export type { InMemoryFiles } from './in-memory-files.ts';

/** What a scripted command did; standard output and error are merged unless the command wants them apart. */
export interface ScriptedOutcome {
  readonly exitCode: number;
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string | Uint8Array;
}

/** A command that was stopped at its deadline, with what it had got of the machine by then. */
export interface ScriptedTimeOut {
  readonly durationMs: number;
  readonly share: MachineShare;
}

/** Plays the programs of a sandbox. `signal` aborts when the deadline passes or the command is cancelled. */
export type CommandHandler = (
  command: Command,
  scene: { readonly sandboxId: string; readonly files: InMemoryFiles; readonly signal: AbortSignal },
) => ScriptedOutcome | ScriptedTimeOut | Promise<ScriptedOutcome | ScriptedTimeOut>;

export interface InMemoryOptions {
  readonly handler?: CommandHandler;
  /** The files of a source, by directory or image; a source that is not here does not exist. */
  readonly sources?: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;
}

/** One host, so to say: what several adapters of one test share, as workers share the sandboxes of their machine. */
export type InMemoryHost = Map<string, LivingSandbox>;

interface LivingSandbox {
  readonly request: SandboxRequest;
  readonly files: InMemoryFiles;
  readonly expiresAtMs: number;
  readonly results: Map<string, { readonly result: Promise<CommandResult>; readonly cancel: () => void }>;
  readonly writings: Set<string>;
  readonly holders: Set<object>;
  readonly lifetime: NodeJS.Timeout;
  /** The tree as it was last marked. */
  markedTree: string;
  lease: NodeJS.Timeout | undefined;
}

/**
 * Sandboxes that are nothing but files in memory and a scripted handler of commands: for tests, demos and dry runs.
 *
 * Honest about the port's contract (deadlines, caps, command ids, cancellation, lease, labels); isolates nothing.
 */
export function createInMemorySandboxes(options: InMemoryOptions = {}, host: InMemoryHost = new Map()): Sandboxes {
  const holder = {};
  const handler = options.handler ?? (() => ({ exitCode: 0 }));

  function hold(id: string): LivingSandbox {
    const living = host.get(id);
    if (living === undefined) throw new SandboxGoneError(`no sandbox ${id} lives in memory`);
    clearTimeout(living.lease);
    living.holders.add(holder);
    return living;
  }

  function destroy(id: string): Promise<void> {
    end(host, id);
    return Promise.resolve();
  }

  const sandboxOf = ({ id, source }: SandboxRequest): Sandbox =>
    createInMemorySandbox({ id, apart: source.kind === 'tools', hold, handler, destroy: () => destroy(id) });

  return {
    backend: 'in-memory',
    capabilities: {
      network: 'none',
      memoryLimit: 'process',
      processLimit: 'command',
      backgroundProcesses: false,
      caveats: ['Nothing runs: commands are played by a script.'],
    },
    destroy,
    async create(request) {
      assertSandboxId(request.id);
      if (!host.has(request.id)) host.set(request.id, await boot(host, request, options.sources ?? {}));
      hold(request.id);
      return sandboxOf(request);
    },
    // Asynchronous, so that a sandbox that is gone rejects rather than throws.
    attach: (id) => Promise.resolve().then(() => sandboxOf(hold(id).request)),
    identify: (source) => Promise.resolve({ fingerprint: JSON.stringify(source), hostDirectories: [] }),
    list: () => Promise.resolve([...host.values()].map(toListing)),
    tidy: () => Promise.resolve([]),
    close() {
      for (const living of host.values()) release(host, living, holder);
      return Promise.resolve();
    },
  };
}

async function boot(
  host: InMemoryHost,
  request: SandboxRequest,
  sources: NonNullable<InMemoryOptions['sources']>,
): Promise<LivingSandbox> {
  const { id, lifetimeSeconds, snapshot } = request;
  const files = snapshot === undefined ? filesOf(request, sources) : unpack(snapshot);
  const lifetime = setTimeout(() => {
    end(host, id);
  }, lifetimeSeconds * 1000);
  lifetime.unref();
  await Promise.resolve();
  return {
    request,
    files,
    expiresAtMs: Date.now() + lifetimeSeconds * 1000,
    results: new Map(),
    writings: new Set(),
    holders: new Set(),
    lifetime,
    markedTree: treeOf(files),
    lease: undefined,
  };
}

function filesOf({ source }: SandboxRequest, sources: NonNullable<InMemoryOptions['sources']>): InMemoryFiles {
  if (source.kind === 'tools') return new Map();
  const name = source.kind === 'image' ? source.image : source.directory;
  const tree = sources[name];
  if (tree === undefined || Object.keys(tree).length === 0) {
    throw new ImageNotFoundError(`the source ${name} is not among the sources in memory, or it is empty`);
  }
  return new Map(
    Object.entries(tree).map(([file, content]) => [
      `${TREE_ROOT}/${file}`,
      { content: Buffer.from(content), executable: false },
    ]),
  );
}

function end(host: InMemoryHost, id: string): void {
  const living = host.get(id);
  if (living === undefined) return;
  host.delete(id);
  clearTimeout(living.lifetime);
  clearTimeout(living.lease);
  for (const { cancel } of living.results.values()) cancel();
}

function release(host: InMemoryHost, living: LivingSandbox, holder: object): void {
  if (!living.holders.delete(holder) || living.holders.size > 0) return;
  living.lease = setTimeout(() => {
    end(host, living.request.id);
  }, living.request.leaseSeconds * 1000);
  living.lease.unref();
}

function toListing({ request, expiresAtMs }: LivingSandbox): SandboxListing {
  return { id: request.id, labels: request.labels, alive: true, bootsUntilMs: 0, expiresAtMs };
}

function createInMemorySandbox(options: {
  readonly id: string;
  readonly apart: boolean;
  readonly hold: (id: string) => LivingSandbox;
  readonly handler: CommandHandler;
  readonly destroy: () => Promise<void>;
}): Sandbox {
  const { id, apart, hold, handler, destroy } = options;
  return {
    id,
    treeRoot: TREE_ROOT,
    apart,
    destroy,
    async run(command, { signal } = {}) {
      const living = hold(id);
      if (signal?.aborted === true) return cancelledBeforeStart();
      const running = living.results.get(command.id) ?? play(handler, living, command);
      living.results.set(command.id, running);
      signal?.addEventListener('abort', running.cancel, { once: true });
      const result = await running.result;
      signal?.removeEventListener('abort', running.cancel);
      // A sandbox that ended meanwhile has no results any more, as behind a real connection.
      hold(id);
      return result;
    },
    read: (path, { maxBytes }) =>
      Promise.resolve().then(() => {
        const file = hold(id).files.get(absolutePath(path));
        if (file === undefined) return { found: false, problem: 'missing' };
        if (file.content.length > maxBytes) return { found: false, problem: 'too-large' };
        return { found: true, ...file };
      }),
    write: (path, content, { executable = false, id: writing } = {}) =>
      Promise.resolve().then(() => {
        const { files, writings } = hold(id);
        if (writing !== undefined && writings.has(writing)) return { written: true };
        if (writing !== undefined) writings.add(writing);
        writeIn(files, path, { content: Uint8Array.from(content), executable });
        return { written: true };
      }),
    findWriting: (writing) =>
      Promise.resolve().then(() => (hold(id).writings.has(writing) ? { written: true } : undefined)),
    hide: (entries) =>
      Promise.resolve().then(() => {
        hideIn(hold(id).files, entries);
      }),
    snapshot: () => Promise.resolve().then(() => pack(marked(hold(id)).files)),
    markTree: () => Promise.resolve().then(() => void marked(hold(id))),
    treeChanged: () =>
      Promise.resolve().then(() => {
        const { markedTree, files } = hold(id);
        return treeOf(files) !== markedTree;
      }),
  };
}

/** One that is there stays executable. */
function writeIn(files: InMemoryFiles, path: string, { content, executable }: InMemoryFile): void {
  const place = absolutePath(path);
  files.set(place, { content, executable: executable || files.get(place)?.executable === true });
}

function hideIn(files: InMemoryFiles, entries: readonly HiddenEntry[]): void {
  for (const file of [...files.keys()])
    if (entries.some(({ path }) => file === path || file.startsWith(`${path}/`))) files.delete(file);
}

function marked(living: LivingSandbox): LivingSandbox {
  living.markedTree = treeOf(living.files);
  return living;
}

/** Starts a command and settles with whatever comes first: the script's outcome, the deadline or a cancellation. */
function play(
  handler: CommandHandler,
  { request, files }: LivingSandbox,
  command: Command,
): { readonly result: Promise<CommandResult>; readonly cancel: () => void } {
  const started = Date.now();
  const stop = new AbortController();
  let cancel = (): void => undefined;
  const stopped = new Promise<CommandResult['ending']>((resolve) => {
    const timer = setTimeout(() => {
      resolve('timed-out');
    }, command.timeoutMs);
    cancel = () => {
      resolve('cancelled');
    };
    stop.signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  });
  const seen = request.source.kind === 'tools' ? new Map(files) : files;
  const scene = { sandboxId: request.id, files: seen, signal: stop.signal };
  const outcome = Promise.resolve().then(() => handler(command, scene));
  const result = Promise.race([outcome, stopped])
    .then((ended) => toResult(command, ended, Date.now() - started))
    .finally(() => {
      stop.abort();
    });
  return { result, cancel };
}

function toResult(
  command: Command,
  ended: ScriptedOutcome | ScriptedTimeOut | CommandResult['ending'],
  durationMs: number,
): CommandResult {
  if (typeof ended !== 'string' && 'share' in ended) return { ...toResult(command, 'timed-out', 0), ...ended };
  const { exitCode = null, stdout = '', stderr = '' } = typeof ended === 'string' ? {} : ended;
  const separate = command.separateStderr === true;
  const merged = separate ? Buffer.from(stdout) : Buffer.concat([Buffer.from(stdout), Buffer.from(stderr)]);
  return {
    ending: typeof ended === 'string' ? ended : 'exited',
    exitCode,
    stdout: cappedOutput(merged, command.outputCapBytes),
    stderr: cappedOutput(separate ? Buffer.from(stderr) : new Uint8Array(), command.outputCapBytes),
    durationMs,
  };
}

function absolutePath(path: string): string {
  return path.startsWith('/') ? path : `${TREE_ROOT}/${path}`;
}
