import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { packageRoot } from '../../src/config/package-root.ts';
import { loadStoreConfiguration } from '../../src/config/store-configuration.ts';
import { SEARCH_ATTRIBUTES } from '../../src/domain/run/search-attributes.ts';
import { DYNAMIC_CONFIG } from '../../src/workers/dynamic-config.ts';

const read = (...path: readonly string[]) => readFileSync(join(packageRoot, ...path), 'utf8');

const serviceSchema = z.object({
  image: z.string(),
  restart: z.enum(['unless-stopped', 'on-failure']),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

const { services, volumes } = composeSchema.parse(parse(read('docker-compose.yml'), { merge: true }));
const named = (name: string) => services[name] ?? serviceSchema.parse({});

describe('docker-compose.yml', () => {
  it('names an exact version of every image', () => {
    const images = Object.values(services).map(({ image }) => image);
    expect(images.filter((image) => !/:v?\d+([.]\d+){0,2}(-bookworm)?$/.test(image))).toEqual([]);
  });

  it('runs the versions that are built from source for the tests', () => {
    const server = /^require go\.temporal\.io\/server v(.+)$/m.exec(read('tools', 'temporal-server', 'go.mod'))?.[1];
    const ui = /github\.com\/temporalio\/ui-server\/v2 v(\S+)/.exec(read('tools', 'temporal', 'go.mod'))?.[1];
    const gateway = /^VERSITYGW_VERSION=(.+)$/m.exec(read('scripts', 'setup.d', 's3.sh'))?.[1];
    expect(named('temporal').image).toBe(`temporalio/server:${server ?? ''}`);
    expect(named('temporal-schema').image).toBe(`temporalio/admin-tools:${server ?? ''}`);
    expect(named('temporal-ui').image).toBe(`temporalio/ui:${ui ?? ''}`);
    expect(named('s3').image).toBe(`ghcr.io/versity/versitygw:v${gateway ?? ''}`);
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
    expect(named('orchestrator').image).toBe(`swe-selfplay:${version}`);
  });

  it('waits only for services that say when they are ready', () => {
    const waits = Object.values(services).flatMap(({ depends_on: on }) => Object.entries(on));
    expect(waits.length).toBeGreaterThan(5);
    for (const [name, { condition }] of waits) {
      const job = condition === 'service_completed_successfully';
      expect([name, job || named(name).healthcheck !== undefined]).toEqual([name, true]);
      expect([name, named(name).restart]).toEqual([name, job ? 'on-failure' : 'unless-stopped']);
    }
  });

  it('is reached from this machine alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports.toSorted()).toEqual(['127.0.0.1:7233:7233', '127.0.0.1:8080:8080', '127.0.0.1:9090:9090']);
  });

  it('holds no secret, and asks for each that its example names', () => {
    const text = read('docker-compose.yml');
    const secret = /PASSWORD|_PWD|SECRET|ACCESS_KEY|API_KEY/;
    const values = Object.values(services).flatMap(({ environment }) => Object.entries(environment));
    const secrets = values.filter(([key]) => secret.test(key)).map(([, value]) => value);
    expect(secrets.length).toBeGreaterThan(8);
    expect(secrets.filter((value) => !/^\$\{[A-Z0-9_]+(:\?[^}]+|:-)\}$/.test(value))).toEqual([]);
    const asked = new Set([...text.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name));
    const example = [...read('compose', 'example.env').matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect([...asked].sort()).toEqual(example.toSorted());
    expect(read('compose', 'example.env')).not.toMatch(/(PASSWORD|KEY|KEY_ID)=./);
  });

  it('mounts what is there', () => {
    const mounts = Object.values(services).flatMap((service) =>
      service.volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    const there = new Set(readdirSync(join(packageRoot, 'compose')).map((name) => `./compose/${name}`));
    const here = mounts.filter((source) => source.startsWith('.'));
    expect(here.filter((source) => !there.has(source))).toEqual([]);
    const kept = mounts.filter((source) => /^[a-z]/.test(source));
    expect([...new Set(kept)].sort()).toEqual(Object.keys(volumes).sort());
  });

  it('gives a sandbox host the engine, and its sandboxes the same path inside and outside', () => {
    const host = named('sandbox-host');
    expect(host.volumes).toContain('/var/run/docker.sock:/var/run/docker.sock');
    const home = host.environment.SELFPLAY_HOME ?? 'none';
    expect(host.volumes).toContain(`${home}:${home}`);
  });

  it('lets Prometheus read the ports that are served', () => {
    const { scrape_configs: jobs } = z
      .object({
        scrape_configs: z.array(z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) })),
      })
      .parse(parse(read('compose', 'prometheus.yaml')));
    const targets = jobs.flatMap(({ static_configs: groups }) => groups.flatMap((group) => group.targets));
    for (const target of targets) {
      const [name = '', port = ''] = target.split(':');
      const { command, environment } = named(name);
      expect([...command, environment.PROMETHEUS_ENDPOINT]).toContain(`0.0.0.0:${port}`);
    }
  });
});

describe('what the containers are told', () => {
  it('is for the server what a server of `selfplay up` is told', () => {
    const said: unknown = parse(read('compose', 'temporal', 'dynamic-config.yaml'));
    const expected = Object.entries(DYNAMIC_CONFIG).map(([key, value]) => [key, [{ value }]]);
    expect(said).toEqual(Object.fromEntries(expected));
    const { environment, volumes: mounted } = named('temporal');
    expect(mounted).toContain('./compose/temporal:/etc/temporal/selfplay:ro');
    expect(environment.DYNAMIC_CONFIG_FILE_PATH).toBe('/etc/temporal/selfplay/dynamic-config.yaml');
  });

  it('is for the namespace every search attribute that runs set', () => {
    const script = read('compose', 'temporal', 'create-namespace.sh');
    const created = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [name, type]);
    expect(created).toEqual(Object.entries(SEARCH_ATTRIBUTES));
  });

  it('is for the workers where database and bucket are', () => {
    const { ledger, blobs } = loadStoreConfiguration({ storeFile: join(packageRoot, 'compose', 'store.yaml') });
    for (const name of ['orchestrator', 'sandbox-host']) {
      const { environment } = named(name);
      const variables = [
        ...(ledger.kind === 'postgres' ? [ledger.urlEnv] : []),
        ...(blobs.kind === 's3' ? [blobs.accessKeyIdEnv, blobs.secretAccessKeyEnv] : []),
      ];
      expect(variables).toHaveLength(3);
      expect(Object.keys(environment)).toEqual(expect.arrayContaining(variables));
    }
    expect(blobs).toMatchObject({ kind: 's3', endpoint: 'http://s3:7070', createBucket: true });
  });
});

describe('the Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  it('copies only what its context lets in', () => {
    const allowed = new Set(
      read('.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    );
    const copied = lines
      .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const isAllowed = (source: string) => allowed.has(source) || allowed.has(source.split('/')[0] ?? '');
    expect(copied.filter((source) => !isAllowed(source))).toEqual([]);
    expect(copied).toEqual(expect.arrayContaining(['package-lock.json', 'src', 'prompts', 'config']));
  });

  it('starts from an image with glibc, as the Temporal SDK needs', () => {
    const bases = lines.filter((line) => line.startsWith('FROM')).map((line) => line.split(' ')[1]);
    expect(new Set(bases)).toEqual(new Set(['node:22-bookworm-slim']));
  });

  it('runs as a user without rights', () => {
    expect(lines.filter((line) => line.startsWith('USER')).at(-1)).toBe('USER node');
  });
});
