import { readFileSync } from 'node:fs';

import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

import { InvalidConfigError } from '../domain/failure/errors.ts';
import { readSecret, type Environment } from './environment.ts';
import { camelCaseKeys } from './key-spelling.ts';
import { variableName } from './variable-name.ts';

const ledgerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sqlite').describe('A file in the home of this machine, which every worker has to share.'),
  }),
  z.strictObject({
    kind: z.literal('postgres').describe('A database of Postgres 13 or newer, which is the ledger’s alone.'),
    urlEnv: variableName
      .default('SELFPLAY_LEDGER_URL')
      .describe('The name of the variable with its URL, `postgres://user:password@host:5432/database`.'),
    poolSize: z.int().positive().max(1000).default(10).describe('Connections of one process at most.'),
  }),
]);

const blobsSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('directory').describe('A directory, which every worker has to share.'),
    directory: z.string().min(1).optional().describe('By default `store/blobs` in the home.'),
  }),
  z.strictObject({
    kind: z.literal('s3').describe('A bucket of any server that speaks S3.'),
    endpoint: z.url({ protocol: /^https?$/ }).describe('Without the bucket: `https://s3.eu-central-1.amazonaws.com`.'),
    region: z.string().min(1).default('us-east-1').describe('As the server names it.'),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket has 3 to 63 small letters, digits, dots and hyphens')
      .describe('It may hold other things beside the blobs, under other prefixes.'),
    prefix: z
      .string()
      .regex(/^([A-Za-z0-9._-]+\/)*$/, 'empty, or ends with a slash and has no other characters than A-Za-z0-9._-/')
      .default('')
      .describe('Put before every key, for instance `selfplay/`.'),
    createBucket: z.boolean().default(false).describe('Make the bucket where it is missing.'),
    accessKeyIdEnv: variableName.default('AWS_ACCESS_KEY_ID').describe('The name of the variable with the access key.'),
    secretAccessKeyEnv: variableName
      .default('AWS_SECRET_ACCESS_KEY')
      .describe('The name of the variable with the secret key.'),
    sessionTokenEnv: variableName
      .default('AWS_SESSION_TOKEN')
      .describe('The name of the variable with the token of temporary credentials; it may be unset.'),
  }),
]);

/** Where a deployment keeps what it learns: the same for all its workers, whatever they run. */
export const storeConfigurationSchema = z.strictObject({
  ledger: ledgerSchema.prefault({ kind: 'sqlite' }).describe('The ledger of runs, episodes and rewards.'),
  blobs: blobsSchema.prefault({ kind: 'directory' }).describe('Transcripts, artifacts, snapshots and logs, by hash.'),
});

export type StoreConfiguration = z.infer<typeof storeConfigurationSchema>;

/** The store of this deployment: what `SELFPLAY_STORE` names, else one in the home. */
export function loadStoreConfiguration({ storeFile }: Pick<Environment, 'storeFile'>): StoreConfiguration {
  if (storeFile === undefined) return storeConfigurationSchema.parse({});
  const parsed = storeConfigurationSchema.safeParse(camelCaseKeys(readYaml(storeFile)).document);
  if (parsed.success) return parsed.data;
  throw new InvalidConfigError(`${storeFile} is not a valid store configuration:\n${z.prettifyError(parsed.error)}`);
}

/** Whether a part of the store lies in the home of this machine. */
export function keepsStoreAtHome(environment: Pick<Environment, 'storeFile'>): boolean {
  const { ledger, blobs } = loadStoreConfiguration(environment);
  return ledger.kind === 'sqlite' || areAtHome(blobs);
}

export function areAtHome(blobs: StoreConfiguration['blobs']): boolean {
  return blobs.kind === 'directory' && blobs.directory === undefined;
}

/** Its value, or an error that names the key and the variable. */
export function requireSecret(key: string, name: string): string {
  const secret = readSecret(name);
  if (secret !== undefined) return secret;
  throw new InvalidConfigError(`${key} names ${name}, which is not set in this process's environment`);
}

function readYaml(file: string): unknown {
  try {
    return parseYaml(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(`cannot read the store configuration ${file} (SELFPLAY_STORE): ${reason}`);
  }
}
