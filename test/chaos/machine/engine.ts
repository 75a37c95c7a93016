import { openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { readEnvironment } from '../../../src/config/environment.ts';
import { keepProgram, type KeptProgram } from './keep-program.ts';
import type { OwnMachine } from './machine.ts';

/** A Docker engine of a machine's own, with nothing in it but the base that sandboxes of directories are made from. */
export interface Engine extends KeptProgram {
  /** As `DOCKER_HOST` has it. */
  readonly host: string;
}

/** It starts in two or three seconds; a machine under load takes many times that. */
const START_MS = 120_000;

export async function keepEngine(machine: OwnMachine, log: string): Promise<Engine> {
  const host = `unix://${join(machine.disk, 'engine.sock')}`;
  const place = (name: string) => join(machine.disk, 'engine', name);
  const out = openSync(log, 'a');
  const engine = keepProgram(machine, () =>
    machine.start(
      [
        ...(['dockerd', '--host', host, '--data-root', place('data'), '--exec-root', place('exec')] as const),
        ...['--pidfile', place('pid'), '--bridge=none', '--iptables=false', '--ip-forward=false'],
      ],
      { stdio: ['ignore', out, out], env: { PATH: process.env.PATH ?? '' } },
    ),
  );
  const docker = (...parameters: readonly string[]) => machine.run('docker', '--host', host, ...parameters);
  const deadline = Date.now() + START_MS;
  while (!answers(() => docker('version'))) {
    if (Date.now() > deadline) throw new Error(`no engine starts on ${machine.name}; see ${log}`);
    await sleep(200);
  }
  const { archive, hash } = baseArchive();
  docker('import', '--change', `LABEL selfplay.base=${hash}`, archive, 'selfplay/base-system:latest');
  return { ...engine, host };
}

function answers(ask: () => string): boolean {
  try {
    ask();
    return true;
  } catch {
    return false;
  }
}

/** As set-up keeps it. */
function baseArchive(): { readonly archive: string; readonly hash: string } {
  const folder = join(readEnvironment().cache, 'docker');
  for (const name of readdirSync(folder)) {
    const hash = /^base-(.+)\.tar$/.exec(name)?.[1];
    if (hash !== undefined) return { archive: join(folder, name), hash };
  }
  throw new Error(`there is no base system in ${folder}; run scripts/setup --only docker`);
}
