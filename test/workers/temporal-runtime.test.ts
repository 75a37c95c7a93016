import { once } from 'node:events';
import { createServer } from 'node:net';

import { expect, it, onTestFinished } from 'vitest';

import { InvalidConfigError } from '../../src/domain/failure/errors.ts';
import { createLogger, installTemporalRuntime } from '../../src/workers/logging.ts';

it('names the address of figures that cannot be served, and the option', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const at = other.address();
  const address = `127.0.0.1:${typeof at === 'object' ? (at?.port ?? 0) : 0}`;
  const install = () => {
    installTemporalRuntime(createLogger({ level: 'fatal' }), address);
  };
  expect(install).toThrow(InvalidConfigError);
  expect(install).toThrow(`cannot serve metrics at ${address}`);
});
