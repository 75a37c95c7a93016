import { Readable } from 'node:stream';

import type Docker from 'dockerode';

import { ImageNotFoundError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { callEngine, statusOf } from './docker-calls.ts';
import { messageOf } from '../message-of.ts';
import { findLogin } from './docker-login.ts';
import { isRecord } from '../is-record.ts';

// Images of subjects have gigabytes; a pull that says nothing for so long hangs, and one that takes an hour is no pull.
const SILENT_PULL_MS = 180_000;
const WHOLE_PULL_MS = 3_600_000;

/** Pulls an image with the engine's own login; throws `ImageNotFoundError` when its registry has none for us. */
export async function pullImage(
  docker: Docker,
  reference: string,
  { configDirectory, say }: { readonly configDirectory: string; readonly say: (what: string) => void },
): Promise<void> {
  const login = await findLogin(reference, configDirectory);
  say(`pulling the image ${reference}`);
  // A reference without tag or digest would pull every tag of the repository.
  const named = /@|:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
  try {
    const stream = await callEngine(`pull of ${reference}`, () =>
      docker.pull(named, login === undefined ? {} : { authconfig: login }),
    );
    await followPull(stream, reference, say);
  } catch (error) {
    throw pullFailure(reference, error);
  }
  say(`pulled the image ${reference}`);
}

/** Reads the engine's report to its end; says now and then how far it is. */
async function followPull(stream: NodeJS.ReadableStream, reference: string, say: (what: string) => void) {
  const progress = createPullProgress(reference, say);
  await new Promise<void>((resolve, reject) => {
    const giveUp = (why: string) => () => {
      if (stream instanceof Readable) stream.destroy();
      reject(new SandboxUnavailableError(`pulling ${reference}: ${why}`));
    };
    const whole = setTimeout(giveUp(`not done after ${WHOLE_PULL_MS / 60_000} minutes`), WHOLE_PULL_MS);
    const silence = setTimeout(giveUp(`the engine says nothing for ${SILENT_PULL_MS / 1000} s`), SILENT_PULL_MS);
    const settle = (outcome: () => void) => () => {
      clearTimeout(whole);
      clearTimeout(silence);
      outcome();
    };
    stream.on('data', (chunk: Buffer) => {
      silence.refresh();
      progress.read(chunk.toString());
    });
    stream.on('error', (error: Error) => {
      settle(() => {
        reject(error);
      })();
    });
    const end = settle(() => {
      const problem = progress.problem();
      if (problem === undefined) resolve();
      else reject(new Error(problem));
    });
    stream.on('end', end);
    stream.on('close', end);
  });
}

// A line for a person every so often.
const PROGRESS_MS = 15_000;

/** Adds up what the engine reports of each layer, one JSON object a line. */
export function createPullProgress(reference: string, say: (what: string) => void, now: () => number = Date.now) {
  const layers = new Map<string, { readonly current: number; readonly total: number }>();
  let rest = '';
  let problem: string | undefined;
  let saidAt = now();

  function readLine(line: string): void {
    const event = parse(line);
    if (event === undefined) return;
    if (typeof event.error === 'string') problem = event.error;
    const { id, status, progressDetail: detail } = event;
    if (typeof id !== 'string' || status !== 'Downloading' || !isRecord(detail)) return;
    layers.set(id, { current: Number(detail.current ?? 0), total: Number(detail.total ?? 0) });
    if (now() - saidAt < PROGRESS_MS) return;
    saidAt = now();
    const sum = (key: 'current' | 'total') => [...layers.values()].reduce((total, layer) => total + layer[key], 0);
    say(`pulling the image ${reference}: ${megabytes(sum('current'))} of at least ${megabytes(sum('total'))} MB`);
  }

  return {
    read(text: string): void {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(readLine);
    },
    problem: () => problem,
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const ABSENT =
  /not found|manifest unknown|does not exist|access.*denied|unauthorized|no basic auth|authentication required|invalid reference format|no such image/i;

/** An image that its registry does not have, or does not give to us, is for the user to name otherwise or log in for. */
function pullFailure(reference: string, error: unknown): Error {
  if (error instanceof SandboxUnavailableError && !ABSENT.test(error.message)) return error;
  const message = messageOf(error);
  if (statusOf(error) === 404 || statusOf(error) === 400 || ABSENT.test(message)) {
    const way = 'Name an image that `docker pull` gets, or log in with `docker login`';
    return new ImageNotFoundError(`the image ${reference} is not here and cannot be pulled: ${message}. ${way}`, {
      cause: error,
    });
  }
  return new SandboxUnavailableError(`pulling ${reference} failed: ${message}`, { cause: error });
}
