import { once } from 'node:events';
import { createServer } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { EXIT } from '../../../src/cli/command/exit-codes.ts';
import { probeServer } from '../../../src/cli/temporal/probe-server.ts';
import { freePort } from '../../support/free-port.ts';

describe('a server that is looked for', () => {
  it('is known to be away where nothing listens, with the way out', async () => {
    const port = await freePort();
    await expect(probeServer(`127.0.0.1:${port}`)).rejects.toMatchObject({
      exitCode: EXIT.infrastructure,
      message: expect.stringContaining(`\`selfplay up --port ${port}\``),
    });
  });

  it('may be there where something listens', async () => {
    const listening = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void listening.close());
    await once(listening, 'listening');
    const address = listening.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await expect(probeServer(`127.0.0.1:${port}`)).resolves.toBeUndefined();
  });

  it('is left to the client where it is on another machine', async () => {
    await expect(probeServer('temporal.example.com:7233')).resolves.toBeUndefined();
  });
});
