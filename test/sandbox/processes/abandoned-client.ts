import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { createDockerSandboxes } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import { dockerOptions } from '../../support/docker-engine.ts';
import { aCommand, aSandbox } from '../contract-host.ts';

// A worker that starts a command, says so, and then waits to be killed.
const [backend, place = '', directory = '', id = '', leaseSeconds = '60'] = process.argv.slice(2);
const sandboxes =
  backend === 'docker'
    ? createDockerSandboxes(dockerOptions({ home: place }))
    : createBubblewrapSandboxes({ stateDir: place });
const request = aSandbox({ source: { kind: 'directory', directory } }, { id, leaseSeconds: Number(leaseSeconds) });
const sandbox = await sandboxes.create(request);
void sandbox.run(aCommand('echo run >> /tmp/count; sleep 2; cat /tmp/count', { id: 'outlives' }));
await sandbox.run(aCommand('until [ -s /tmp/count ]; do sleep 0.01; done'));
process.stdout.write('running');
await new Promise(() => setInterval(() => undefined, 1000));
