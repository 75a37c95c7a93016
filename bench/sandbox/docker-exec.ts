import Docker from 'dockerode';

import { demultiplex } from '../../src/sandbox/docker/docker-streams.ts';
import type { BootedSandbox, Contestant } from './contestant.ts';

/** A container that sleeps, and an exec of the engine's API for each command. */
export function dockerExec(image: string): Contestant {
  const docker = new Docker();
  return {
    name: 'dockerExec',
    async boot(): Promise<BootedSandbox> {
      const HostConfig = { NetworkMode: 'none', Init: true };
      const container = await docker.createContainer({ Image: image, Cmd: ['sleep', '2h'], HostConfig });
      await container.start();
      return {
        async run(script) {
          const Cmd = ['bash', '-c', script];
          const exec = await container.exec({ Cmd, AttachStdout: true, AttachStderr: true });
          const { stream } = demultiplex(await exec.start({ hijack: true, stdin: false }));
          let bytes = 0;
          stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
          await new Promise((resolve) => stream.on('close', resolve));
          const { ExitCode } = await exec.inspect();
          if (ExitCode !== 0) throw new Error(`docker exec ended with ${ExitCode ?? 'no exit code'}`);
          return bytes;
        },
        destroy: () => container.remove({ force: true }),
      };
    },
    close: () => Promise.resolve(),
  };
}
