import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { createDockerSandboxes } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import { dockerOptions } from '../../support/docker-engine.ts';
import { aCommand, aSandbox } from '../contract-host.ts';

// A worker with several sandboxes at once, each at another point of its life, over and over, until it is killed.
const [backend, place = '', directory = '', leaseSeconds = '60', marker = ''] = process.argv.slice(2);
const sandboxes =
  backend === 'docker'
    ? createDockerSandboxes(dockerOptions({ home: place }))
    : createBubblewrapSandboxes({ stateDir: place });
const source = { kind: 'directory', directory } as const;

async function live(name: string): Promise<never> {
  let snapshot: Uint8Array | undefined;
  for (let life = 0; ; life += 1) {
    const request = aSandbox({ source }, { id: `${name}-${life}`, leaseSeconds: Number(leaseSeconds) });
    const sandbox = await sandboxes.create(snapshot === undefined ? request : { ...request, snapshot });
    await sandbox.write('noise', Buffer.alloc(1_000_000, name));
    await Promise.race([
      sandbox.run(aCommand(`echo ${life} >> lives; (setsid sleep ${marker} &); sleep 0.1`)),
      sandbox.run(aCommand(`sleep ${marker}`)),
    ]);
    snapshot = await sandbox.snapshot();
    process.stdout.write(`${name} `);
    // One is left to its lease, the other is destroyed.
    if (life % 2 === 0) await sandbox.destroy();
  }
}

process.stdout.write('begins ');
await Promise.all(['first', 'second', 'third'].map((name) => live(name)));
