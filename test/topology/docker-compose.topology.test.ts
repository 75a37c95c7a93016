import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { packageRoot } from '../../src/config/package-root.ts';

const SECRETS = {
  POSTGRES_PASSWORD: 'postgres-secret',
  SELFPLAY_LEDGER_PASSWORD: 'ledger-secret',
  S3_ACCESS_KEY_ID: 's3-key',
  S3_SECRET_ACCESS_KEY: 's3-secret',
  SELFPLAY_HOST_ID: 'host-7',
};

/** With a `.env` of its own, as a user writes one from the example. The plugin where there is one, else the command. */
async function compose(parameters: readonly string[], variables: Readonly<Record<string, string>>) {
  const plugin = await execa('docker', ['compose', 'version'], { reject: false });
  const [program, first] = plugin.exitCode === 0 ? ['docker', ['compose']] : ['docker-compose', []];
  const file = join(mkdtempSync(join(tmpdir(), 'selfplay-compose-')), '.env');
  onTestFinished(() => {
    rmSync(dirname(file), { recursive: true });
  });
  writeFileSync(
    file,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const all = [...first, '--env-file', file, '--file', 'docker-compose.yml', ...parameters];
  return execa(program, all, { cwd: packageRoot, reject: false });
}

it('is a topology that Docker Compose accepts, with the secrets where they belong', async () => {
  const { stdout, stderr, exitCode } = await compose(['config'], SECRETS);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const { services } = z
    .object({
      services: z.record(z.string(), z.object({ environment: z.record(z.string(), z.unknown()).default({}) })),
    })
    .parse(parse(stdout));
  expect(services['sandbox-host']?.environment).toMatchObject({
    SELFPLAY_HOST_ID: 'host-7',
    SELFPLAY_HOME: '/var/lib/selfplay',
    SELFPLAY_LEDGER_URL: 'postgres://selfplay:ledger-secret@postgres:5432/selfplay',
    AWS_SECRET_ACCESS_KEY: 's3-secret',
  });
  expect(services.temporal?.environment).toMatchObject({ POSTGRES_PWD: 'postgres-secret' });
});

it.each(Object.keys(SECRETS))('does not start without %s, and says where to look', async (name) => {
  const rest = Object.fromEntries(Object.entries(SECRETS).filter(([key]) => key !== name));
  const { stderr, exitCode } = await compose(['config'], rest);
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('see compose/example.env');
});
