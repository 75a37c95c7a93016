import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import Docker from 'dockerode';

// An engine answers within seconds of its start; on a machine under load within this.
const START_MS = 60_000;

/** An engine beside the usual one, with a data root of its own: as a second host has it, it knows no image of the first. */
export interface SecondEngine {
  /** For `DockerOptions`. */
  readonly host: string;
  readonly docker: Docker;
  /** Gives it an image of the usual engine, as a registry would. */
  load(image: string): Promise<void>;
  stop(): Promise<void>;
}

/** Needs root and `dockerd`, as set-up has them where it has started the usual engine. */
export async function startSecondEngine(): Promise<SecondEngine> {
  // Where the usual engine has its data: an overlay cannot lie on just any file system.
  const directory = await mkdtemp(path.join('/var/lib', 'selfplay-engine-'));
  const socket = path.join(directory, 'engine.sock');
  const place = (name: string): string => path.join(directory, name);
  const parameters = ['--host', `unix://${socket}`, '--data-root', place('data'), '--exec-root', place('exec')];
  const apart = ['--pidfile', place('pid'), '--bridge=none', '--iptables=false', '--ip-forward=false'];
  const engine = spawn('dockerd', [...parameters, ...apart], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  engine.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-2000)));
  engine.on('error', (error) => (log += error.message));
  const ended = once(engine, 'close').catch(() => undefined);
  const docker = new Docker({ socketPath: socket });
  const usual = new Docker();

  const stop = async () => {
    engine.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_MS;
  while (!(await docker.ping().catch(() => undefined))) {
    if (engine.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`no second engine starts: ${log}`);
    }
    await sleep(100);
  }
  return {
    host: `unix://${socket}`,
    docker,
    async load(image) {
      const answer = await docker.loadImage(await usual.getImage(image).get());
      await once(answer.resume(), 'end');
    },
    stop,
  };
}
