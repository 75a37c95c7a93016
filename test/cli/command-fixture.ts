import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import pc from 'picocolors';
import { onTestFinished } from 'vitest';

import type { Backends } from '../../src/cli/command/backends.ts';
import type { InputStream } from '../../src/cli/command/command-context.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { CommandFailure, EXIT } from '../../src/cli/command/exit-codes.ts';
import { createInterrupts, type StopReason } from '../../src/cli/command/interrupts.ts';
import type { Output } from '../../src/cli/text/output.ts';
import type { TemporalAccess, TrainingEnd } from '../../src/cli/command/temporal-access.ts';
import type { Environment } from '../../src/config/environment.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { fillStore } from '../support/ledger-builders.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandSetting {
  readonly backends?: Partial<Backends>;
  readonly environment?: Partial<Environment>;
  /** What is piped in or typed. */
  readonly input?: InputStream;
  /** A terminal of this width; a pipe by default. */
  readonly columns?: number;
  /** Given what stops the command, as Ctrl-C does. */
  readonly during?: (interrupt: (reason: StopReason) => void) => void;
}

/** Runs a command line in this process, with a world of the test's making. */
export async function runCommand(parameters: readonly string[], setting: CommandSetting = {}): Promise<Ran> {
  const { interrupts, interrupt } = createInterrupts();
  const stdout = createRecordingOutput(setting.columns);
  const stderr = createRecordingOutput(undefined);
  setting.during?.(interrupt);
  const environment = { ...anEnvironment(), ...setting.environment };
  const context = {
    output: stdout.output,
    messages: stderr.output,
    input: () => setting.input ?? Readable.from([]),
    environment,
    backends: { ...noBackends, ...setting.backends },
    interrupts: () => interrupts,
  };
  const exitCode = await runCommandLine(parameters, {
    ...{ output: stdout.output, messages: stderr.output },
    ...{ environment: () => Promise.resolve(environment), context: () => Promise.resolve(context) },
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

export function createRecordingOutput(columns: number | undefined): { readonly output: Output; text(): string } {
  let written = '';
  return {
    output: {
      write: (text) => {
        written += text;
      },
      isTerminal: columns !== undefined,
      columns: () => columns ?? Number.POSITIVE_INFINITY,
      colors: pc.createColors(false),
    },
    text: () => written,
  };
}

export function anEnvironment(): Environment {
  const home = temporaryDirectory();
  const docker = { configDirectory: join(home, '.docker'), baseImage: 'base' };
  const rest = {
    temporalBinary: '/bin/temporal',
    hostId: 'host',
    capacity: 4,
    logLevel: 'info',
    docker,
  };
  return { home, cache: join(home, 'cache'), ...rest };
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-cli-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A store in memory that stays open for the test, whatever the command closes. */
export async function aStore({ filled }: { readonly filled: boolean }): Promise<Store> {
  const store = await createInMemoryStore();
  onTestFinished(() => store.close());
  if (filled) await fillStore(store);
  return { blobs: store.blobs, ledger: store.ledger, close: () => Promise.resolve() };
}

export async function filledBackends(): Promise<Partial<Backends>> {
  const store = await aStore({ filled: true });
  return { openStore: () => Promise.resolve(store) };
}

const unexpected = (what: string) => (): Promise<never> => Promise.reject(new Error(`nobody expected ${what}`));

/** A world where nothing runs. */
const noBackends: Backends = {
  startTemporalServer: unexpected('a server'),
  openServices: unexpected('services'),
  startWorkers: unexpected('workers'),
  openLocalServices: unexpected('local services'),
  openBugTree: unexpected("a bug's tree"),
  revalidateHere: unexpected('a revalidation'),
  openStore: unexpected('a store'),
  destroySandboxes: () => Promise.resolve([]),
  findLeftovers: () => Promise.resolve([]),
  removeSpentSnapshots: () => Promise.resolve({ count: 0, bytes: 0 }),
  checkHost: () => Promise.resolve([{ name: 'bubblewrap', status: 'ok', detail: 'works' }]),
  connectTemporal: () => Promise.reject(new CommandFailure('no Temporal server answers', EXIT.infrastructure)),
  configuredTemporal: () => ({}),
  startCodecServer: unexpected('a codec server'),
  startLogging: () => Promise.resolve(),
};

export interface FakeTemporal extends TemporalAccess {
  /** What was asked, in order. */
  readonly asked: readonly string[];
  end(end: TrainingEnd): void;
}

export const COMPLETED: TrainingEnd = { status: 'completed', reason: '', invalidInput: false };

/** A server on which runs start and end as the test says. */
export function createFakeTemporal(setting: {
  readonly open?: readonly string[];
  readonly taken?: readonly string[];
  readonly missing?: readonly string[];
  readonly retentionDays?: number;
  readonly live?: Awaited<ReturnType<TemporalAccess['queryTraining']>>;
  readonly waiting?: Awaited<ReturnType<TemporalAccess['listWaiting']>>;
  readonly waits?: Awaited<ReturnType<TemporalAccess['listWaits']>>;
}): FakeTemporal {
  const asked: string[] = [];
  const ask = (what: string) => {
    asked.push(what);
    return Promise.resolve();
  };
  let settle: (end: TrainingEnd) => void = () => undefined;
  const ended = new Promise<TrainingEnd>((resolve) => (settle = resolve));
  return {
    asked,
    end: settle,
    startTraining: async (runId) => {
      await ask(`start ${runId}`);
      return (setting.taken ?? []).includes(runId) ? 'taken' : 'started';
    },
    awaitEnd: () => ended,
    startRevalidation: async (id) => {
      await ask(`revalidate ${id}`);
      return 'started';
    },
    queryRevalidation: () => Promise.resolve(undefined),
    startEvaluation: async (id, input) => {
      await ask(`evaluate ${id} ${JSON.stringify(input)}`);
      return 'started';
    },
    queryEvaluation: () => Promise.resolve(undefined),
    queryTraining: () => Promise.resolve(setting.live),
    listWaiting: () => Promise.resolve(setting.waiting ?? []),
    listWaits: (runId) => ask(`waits of ${runId ?? 'all'}`).then(() => setting.waits ?? []),
    listOpenTrainings: () => Promise.resolve(setting.open ?? []),
    cancelTraining: (runId) => ask(`cancel ${runId}`),
    terminateTraining: (runId) => ask(`terminate ${runId}`),
    missingSearchAttributes: () => Promise.resolve(setting.missing ?? []),
    createSearchAttributes: (names) => ask(`create ${names.join(' ')}`),
    retentionDays: () => Promise.resolve(setting.retentionDays ?? 30),
    serverVersion: () => Promise.resolve('1.31.2'),
    close: () => ask('close'),
  };
}
