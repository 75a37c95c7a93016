import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readEnvironment } from '../../src/config/environment.ts';
import { SandboxUnavailableError } from '../../src/domain/failure/errors.ts';
import { chooseSandboxes } from '../../src/workers/choose-sandboxes.ts';

describe('where no engine answers', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'selfplay-choice-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });
  const environment = () =>
    readEnvironment({ SELFPLAY_HOME: directory, DOCKER_HOST: `unix://${directory}/no.sock`, DOCKER_CONFIG: directory });

  it('sandboxes are made with bubblewrap, and a person is told why', async () => {
    const { sandboxes, reason } = await chooseSandboxes(environment(), 'auto');
    expect(sandboxes.backend).toBe('bubblewrap');
    expect(reason).toMatch(/^sandboxes: bubblewrap \(no engine answers at unix:.*no\.sock/);
  });

  it('asking for docker says what to do instead', async () => {
    const choice = chooseSandboxes(environment(), 'docker');
    await expect(choice).rejects.toThrow(SandboxUnavailableError);
    await expect(choice).rejects.toThrow(/no\.sock.*--sandbox bubblewrap/);
  });

  it('asking for bubblewrap asks no engine', async () => {
    const { sandboxes, reason } = await chooseSandboxes(environment(), 'bubblewrap');
    expect([sandboxes.backend, reason]).toEqual(['bubblewrap', 'sandboxes: bubblewrap (as asked for)']);
  });
});
