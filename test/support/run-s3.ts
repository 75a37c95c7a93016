import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { readEnvironment } from '../../src/config/environment.ts';
import { freePort } from './free-port.ts';

/** An S3 server of the tests' own: versitygw over a temporary directory, gone with `stop`. */
export interface TestS3 {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Buckets are folders in it, and objects files. */
  readonly directory: string;
  kill(): Promise<void>;
  /** Starts it again on the same directory and port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const PROGRAM = 'versitygw-1.8.0';

/** It starts in a tenth of a second; a loaded machine takes many times that. */
const START_TIMEOUT_MS = 30_000;

/** Without the server this fails and says what to run. */
export async function startS3(folder = tmpdir()): Promise<TestS3> {
  const program = join(readEnvironment().cache, 'bin', PROGRAM);
  if (!existsSync(program)) throw new Error(`there is no ${program}; run scripts/setup --only s3`);
  const home = mkdtempSync(join(folder, 'selfplay-s3-'));
  const [directory, sidecar] = [join(home, 'data'), join(home, 'metadata')];
  for (const folder of [directory, sidecar]) mkdirSync(folder);
  const credentials = { accessKeyId: 'test-access', secretAccessKey: randomBytes(12).toString('hex') };
  const port = await freePort();
  // A sidecar, because not every temporary file system takes extended attributes.
  const serve = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', sidecar, directory];
  const environment = {
    ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
    ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  const start = async () => {
    const started = spawn(program, serve, { env: environment, stdio: 'ignore' });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await listens(port))) {
      if (started.exitCode !== null || Date.now() > deadline) throw new Error('versitygw does not start');
      await sleep(20);
    }
    return started;
  };
  let server = await start();
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    credentials,
    directory,
    kill,
    start: async () => {
      server = await start();
    },
    stop: async () => {
      await kill();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
