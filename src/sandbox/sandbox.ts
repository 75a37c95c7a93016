import type { MachineShare } from '../domain/report/timeliness.ts';
import type { SandboxSource } from '../domain/subject/subject.ts';

/**
 * The sandbox port: isolated machines, each with one source tree, in which an agent's commands run.
 *
 * A sandbox is not a child of the process that made it: it lives until it is destroyed, its lifetime ends, or no
 * client has been connected for the lease. A restarted worker attaches to it again by id.
 *
 * Errors: `SandboxUnavailableError` (the backend failed; try again, perhaps elsewhere), `SandboxGoneError` (this
 * sandbox no longer exists), `ImageNotFoundError` (the source is not there or holds no tree), `SnapshotUnusableError`
 * (no sandbox can start from the snapshot). Whatever the code inside does (exit codes, time-outs, floods, missing files, hostile links) is a value, never an error.
 */
export interface Sandboxes {
  readonly backend: 'bubblewrap' | 'docker' | 'in-memory';
  readonly capabilities: SandboxCapabilities;
  /** Boots a sandbox under an id chosen by the caller; an id that is alive already is adopted. */
  create(request: SandboxRequest): Promise<Sandbox>;
  /** Finds a living sandbox again; throws `SandboxGoneError` when there is none. */
  attach(id: string): Promise<Sandbox>;
  /** What tells a source's content from any other; throws `ImageNotFoundError` when there is no such source. */
  identify(source: SandboxSource): Promise<SourceIdentity>;
  /** Every sandbox of this backend on this host, dead or alive, whoever made it. */
  list(): Promise<readonly SandboxListing[]>;
  /** Ends everything in the sandbox and removes what it left; a sandbox that is gone already is fine. */
  destroy(id: string): Promise<void>;
  /**
   * Takes away what makers of this home left who died before it became a sandbox, or while they made what sandboxes are
   * made of: directories, containers and volumes that nobody finishes. Returns their names.
   */
  tidy(): Promise<readonly string[]>;
  /** Lets go of all connections; the sandboxes live on, on their lease. */
  close(): Promise<void>;
}

export interface SourceIdentity {
  /** Changes whenever anything that an agent can read in a fresh sandbox of the source does. */
  readonly fingerprint: string;
  /** Directories that every sandbox of this host shows, whatever its source: the host's own programs. */
  readonly hostDirectories: readonly string[];
}

/** What an adapter isolates; the isolation suite asks for exactly what is declared, and `doctor` prints the rest. */
export interface SandboxCapabilities {
  /** No network but the loopback of the sandbox itself. */
  readonly network: 'none';
  /** Whether the memory limit holds for the whole sandbox or for each process alone. */
  readonly memoryLimit: 'sandbox' | 'process';
  /** Whether the process limit holds for the whole sandbox or for each command alone. */
  readonly processLimit: 'sandbox' | 'command';
  /** Background processes of a command outlive it until the sandbox ends. */
  readonly backgroundProcesses: boolean;
  /** What is not isolated, in sentences for a person. */
  readonly caveats: readonly string[];
}

/** What a language compiles once for all states of a tree, and the variables that lead its programs there. */
export interface CompiledDependencies {
  /** On this host; shown read-only. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface SandboxRequest {
  /** Letters, digits, `.`, `_`, `-`; at most 120 characters. */
  readonly id: string;
  readonly source: SandboxSource;
  readonly repoRoot?: string;
  readonly agentUser?: string;
  readonly labels: SandboxLabels;
  /** Hard end of the sandbox, whatever happens: the back-stop behind the lease. */
  readonly lifetimeSeconds: number;
  /** How long the sandbox waits for a client that is gone before it ends everything. */
  readonly leaseSeconds: number;
  readonly limits: SandboxLimits;
  readonly compiled?: CompiledDependencies;
  /** A snapshot of a sandbox of the same source to start from. */
  readonly snapshot?: Uint8Array;
}

/** Who owns a sandbox: what a reaper needs to tell its own orphans from a neighbour's sandboxes. */
export interface SandboxLabels {
  readonly deployment: string;
  readonly run: string;
  readonly episode: string;
}

export interface SandboxLimits {
  readonly memoryBytes: number;
  readonly processes: number;
  /** Largest file that a process may write. */
  readonly fileBytes: number;
  /** The cores that test runners are told to use. */
  readonly cores: number;
}

export interface SandboxListing {
  readonly id: string;
  readonly labels: SandboxLabels;
  /** Its supervisor lives, serving or about to. */
  readonly alive: boolean;
  /** Milliseconds since the epoch after which one that is not alive is not about to be. */
  readonly bootsUntilMs: number;
  /** Milliseconds since the epoch after which nobody can still need it. */
  readonly expiresAtMs: number;
}

/**
 * Between its making and its start a sandbox waits for its turn, seconds on a machine under load; one that takes longer
 * than its lease was given up by whoever made it.
 */
const SHORTEST_BOOT_MS = 60_000;

/** When a sandbox that is made now is alive, or dead. */
export function bootsUntil({ leaseSeconds }: Pick<SandboxRequest, 'leaseSeconds'>, nowMs: number): number {
  return nowMs + Math.max(leaseSeconds * 1000, SHORTEST_BOOT_MS);
}

export interface Sandbox {
  readonly id: string;
  /** Absolute path of the source tree inside the sandbox; of an empty directory for the `tools` source. */
  readonly treeRoot: string;
  /**
   * Whether each command finds the sandbox as it was booted and sees nothing of another, before it or beside it: no
   * file, process, port or count. So it is where there is no tree (`tools`), as far as the backend can; never elsewhere.
   */
  readonly apart: boolean;
  /**
   * Runs a command as the agent's user in a session of its own. When the deadline passes or `signal` aborts,
   * everything it started is killed, whatever session it moved to. A command id that has run already is not run
   * again: its stored result comes back, or the caller waits for the one still running.
   */
  run(command: Command, options?: { readonly signal?: AbortSignal }): Promise<CommandResult>;
  /** Reads a regular file as the agent's user; what is not one, or too large, is a stated problem. */
  read(path: string, options: { readonly maxBytes: number }): Promise<FileReading>;
  /**
   * Writes a regular file as the agent's user, making missing parents; never through a symbolic link. One that is there
   * keeps its mode; `executable` only adds to it. An id that has been written with is not written with again: what came
   * of it the first time comes back.
   */
  write(path: string, content: Uint8Array, options?: FileWritingOptions): Promise<FileWriting>;
  /** What came of the writing with this id, once it has ended; undefined when there was none. */
  findWriting(id: string): Promise<FileWriting | undefined>;
  /**
   * Takes files and directories (canonical paths) out of the sight of whatever runs from now on, whoever owns them and
   * wherever they lie. It lasts as long as the sandbox; a snapshot need not hold it, so it is said again after a restore.
   */
  hide(entries: readonly HiddenEntry[]): Promise<void>;
  /**
   * What differs from the source, as bytes that `create` of any host with the same source takes: whole by itself,
   * whatever snapshot the sandbox started from. One that would be too large for a worker's memory throws
   * `SandboxUnavailableError`.
   */
  snapshot(): Promise<Uint8Array>;
  /** From now on the tree counts as unchanged, as it does from each snapshot on. */
  markTree(): Promise<void>;
  /**
   * Whether anything in the tree has changed since `markTree` or `snapshot`, or since the sandbox booted. Cheap beside a
   * snapshot; now and then true of a tree that has not changed, never false of one that has.
   */
  treeChanged(): Promise<boolean>;
  destroy(): Promise<void>;
}

export interface FileWritingOptions {
  readonly executable?: boolean;
  readonly id?: string;
}

export interface HiddenEntry {
  readonly path: string;
  readonly directory: boolean;
}

/**
 * How long load may stretch the time limit of one command. A script's 90 s become a quarter of an hour where ten others
 * want each of its processors; what is slower than that is better repeated when the load is gone.
 */
export const LOAD_PATIENCE_MS = 900_000;

export interface Command {
  readonly id: string;
  readonly argv: readonly [string, ...string[]];
  /** Absolute; the tree's root by default. */
  readonly cwd?: string;
  /** Added to the source's own environment (PATH, HOME, LANG). */
  readonly env?: Readonly<Record<string, string>>;
  /** `/dev/null` by default. */
  readonly stdin?: Uint8Array;
  /**
   * The time that it may have the machine. What it is kept from its processors by others does not count, up to
   * `LOAD_PATIENCE_MS`: a machine under load makes commands slower, not fewer.
   */
  readonly timeoutMs: number;
  /** Kept of each stream: the first and the last half of this many bytes. */
  readonly outputCapBytes: number;
  /** Standard error apart from standard output; merged, in order, by default. */
  readonly separateStderr?: boolean;
}

export interface CommandResult {
  readonly ending: 'exited' | 'timed-out' | 'cancelled';
  /**
   * The exit status, 128 + n for signal n as a shell has it; null unless it exited by itself. A program that is not
   * there is 127, one that cannot be run or is given too much 126, a missing working directory 125, with a sentence.
   */
  readonly exitCode: number | null;
  readonly stdout: CappedOutput;
  readonly stderr: CappedOutput;
  readonly durationMs: number;
  /** What it got of the machine meanwhile; said where the adapter can know. */
  readonly share?: MachineShare;
  /** While it ran, memory ran out and the kernel ended a process of the sandbox; said where the adapter can know. */
  readonly outOfMemory?: true;
}

/** The head and the tail of a stream; `droppedBytes` were left out between `head` and `tail`. */
export interface CappedOutput {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly droppedBytes: number;
}

export type FileReading =
  /** `executable`: its owner may run it. */
  | { readonly found: true; readonly content: Uint8Array; readonly executable: boolean }
  | {
      readonly found: false;
      readonly problem: 'missing' | 'not-a-file' | 'symbolic-link' | 'too-large' | 'not-permitted';
    };

export type FileWriting =
  | { readonly written: true }
  | {
      readonly written: false;
      readonly problem: 'symbolic-link' | 'not-a-file' | 'not-a-directory' | 'not-permitted' | 'no-space';
    };
