import type { Duplex } from 'node:stream';
import { SandboxGoneError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { createFrameReader, encodeFrame, type SupervisorFrame } from './supervisor-frames.ts';

export interface SupervisorRequest {
  readonly op:
    | 'hello'
    | 'run'
    | 'cancel'
    | 'read'
    | 'write'
    | 'find_writing'
    | 'hide'
    | 'snapshot'
    | 'mark_tree'
    | 'tree_changed'
    | 'shutdown';
  readonly [field: string]: unknown;
}

/** One connection to a supervisor, shared by any number of requests at once. */
export interface SupervisorClient {
  /** Throws `SandboxGoneError` when the connection ends first, `SandboxUnavailableError` when the supervisor fails. */
  request(request: SupervisorRequest, options: RequestOptions): Promise<SupervisorFrame>;
  isOpen(): boolean;
  close(): void;
}

export interface RequestOptions {
  /** The supervisor keeps all limits itself; this one is for a supervisor that hangs. */
  readonly timeoutMs: number;
  readonly body?: Uint8Array;
}

interface Waiting {
  readonly op: string;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (frame: SupervisorFrame) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Speaks the supervisor's protocol over any byte stream: a Unix socket, or the standard streams of a bridge into a
 * container. `onIdle` tells whether requests are waiting, so that an idle connection need not keep a process alive.
 */
export function createSupervisorClient(
  stream: Duplex,
  { name, onIdle = () => undefined }: { readonly name: string; readonly onIdle?: (idle: boolean) => void },
): SupervisorClient {
  const waiting = new Map<number, Waiting>();
  let lastRequest = 0;
  // What a supervisor says before it ends a connection by itself.
  let lastWord = '';

  function settle(request: number): Waiting | undefined {
    const found = waiting.get(request);
    if (found === undefined) return undefined;
    waiting.delete(request);
    clearTimeout(found.timer);
    if (waiting.size === 0) onIdle(true);
    return found;
  }

  function failAll(error: Error): void {
    for (const request of [...waiting.keys()]) settle(request)?.reject(error);
  }

  const readFrames = createFrameReader((frame) => {
    if (frame.header.request === null) lastWord = ` and said: ${String(frame.header.error)}`;
    const found = settle(Number(frame.header.request));
    if (typeof frame.header.error !== 'string') found?.resolve(frame);
    else found?.reject(new SandboxUnavailableError(`${found.op} in ${name} failed: ${frame.header.error}`));
  });
  stream.on('data', (chunk: Uint8Array) => {
    try {
      readFrames(chunk);
    } catch (error) {
      failAll(error instanceof Error ? error : new SandboxUnavailableError(String(error)));
      stream.destroy();
    }
  });
  stream.on('error', () => stream.destroy());
  stream.on('close', () => {
    failAll(new SandboxGoneError(`the supervisor of ${name} closed the connection${lastWord}`));
  });

  return {
    isOpen: () => !stream.destroyed && stream.writable,
    close: () => {
      stream.destroy();
    },
    request: (request, { timeoutMs, body = new Uint8Array() }) =>
      new Promise((resolve, reject) => {
        if (stream.destroyed) {
          reject(new SandboxGoneError(`the connection to the supervisor of ${name} is closed`));
          return;
        }
        const number = ++lastRequest;
        const timer = setTimeout(() => {
          settle(number)?.reject(
            new SandboxUnavailableError(`${request.op} in ${name}: no answer from the supervisor in ${timeoutMs} ms`),
          );
        }, timeoutMs);
        if (waiting.size === 0) onIdle(false);
        waiting.set(number, { op: request.op, timer, resolve, reject });
        for (const part of encodeFrame({ ...request, request: number }, body)) stream.write(part);
      }),
  };
}
