import { existsSync } from 'node:fs';

import { execa } from 'execa';

import { readSubjects } from '../../config/corpus.ts';
import type { Configuration } from '../../config/configuration.ts';
import { readSecret, type Environment } from '../../config/environment.ts';
import type { HostCheck } from '../../workers/host-problems.ts';
import { messageOf } from '../command/exit-codes.ts';

/** One line of `doctor`. */
export interface Diagnosis {
  readonly name: string;
  /** `note`: not needed for everything, as a server is not for `validate`. */
  readonly status: 'ok' | 'problem' | 'note';
  readonly detail: string;
  /** What to type; null where nothing is wrong, or where the detail says it. */
  readonly remedy: string | null;
}

/** What package.json asks for. */
const OLDEST_NODE = [20, 12] as const;

/** A program that does not say its version within this time is of no use. */
const VERSION_TIMEOUT_MS = 10_000;

/** One answer about the models it serves; no model has to think. */
const ENDPOINT_TIMEOUT_MS = 10_000;

export function nodeDiagnosis(version: string): Diagnosis {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const recent = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return recent
    ? ok('node', version)
    : problem('node', `${version}, older than ${OLDEST_NODE.join('.')}`, 'install Node.js 20 or newer from nodejs.org');
}

export async function programDiagnosis(name: string, program: string, remedy: string): Promise<Diagnosis> {
  try {
    const { stdout } = await execa(program, ['--version'], { timeout: VERSION_TIMEOUT_MS, stdin: 'ignore' });
    return ok(name, stdout.split('\n')[0]?.trim() ?? '');
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n');
    return problem(name, reason, remedy);
  }
}

/** What the sandbox backend and the store need of the machine; the detail carries the way out. */
export function hostDiagnosis(check: HostCheck): Diagnosis {
  return { ...check, remedy: null };
}

export function subjectsDiagnosis(config: Configuration, { cache }: Environment): Diagnosis {
  try {
    const subjects = readSubjects(config, cache);
    const missing = subjects.flatMap(({ source }) =>
      source.kind === 'directory' && !existsSync(source.directory) ? [source.directory] : [],
    );
    return missing.length === 0
      ? ok('subjects', subjects.map(({ name }) => name).join(', '))
      : problem('subjects', `not there: ${missing.join(', ')}`, SUBJECTS_REMEDY);
  } catch (error) {
    return problem('subjects', messageOf(error), SUBJECTS_REMEDY);
  }
}

const SUBJECTS_REMEDY = 'scripts/setup --only subjects, or a corpus of your own';

/** Whether the model server answers, takes the key, and serves the model. */
export async function policyDiagnosis({ policy }: Configuration): Promise<Diagnosis> {
  if (policy.kind === 'embedded') return ok('policy', 'embedded, needs no server');
  const { baseUrl, model, apiKeyEnv } = policy;
  const keyHeader = policy.kind === 'tinker' ? policy.apiKeyHeader.toLowerCase() : 'authorization';
  const apiKey = apiKeyEnv === undefined ? undefined : readSecret(apiKeyEnv);
  if (apiKeyEnv !== undefined && apiKey === undefined) {
    return problem('policy', `${apiKeyEnv} is not set`, `export ${apiKeyEnv}=... where the workers start`);
  }
  try {
    const response = await fetch(modelsUrl(policy), {
      headers: apiKey === undefined ? {} : { [keyHeader]: keyHeader === 'authorization' ? `Bearer ${apiKey}` : apiKey },
      signal: AbortSignal.timeout(ENDPOINT_TIMEOUT_MS),
    });
    const body = await response.text();
    if (!response.ok) {
      return problem(
        'policy',
        `${baseUrl} answers ${response.status}: ${body.slice(0, 200)}`,
        'check base_url and the key',
      );
    }
    return body.includes(JSON.stringify(model))
      ? ok('policy', `${baseUrl} serves ${model}`)
      : problem('policy', `${baseUrl} answers and does not name ${model} among its models`, 'check policy.model');
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
    return problem(
      'policy',
      `${baseUrl} does not answer: ${reason}`,
      'start the model server, or check policy.base_url',
    );
  }
}

/** Where the server names its models. */
function modelsUrl({ kind, baseUrl }: Exclude<Configuration['policy'], { kind: 'embedded' }>): string {
  return `${baseUrl.replace(/\/$/, '')}${MODELS_PATHS[kind]}`;
}

const MODELS_PATHS = {
  openai: '/models',
  vllm: '/models',
  sglang: '/v1/models',
  tinker: '/api/v1/get_server_capabilities',
} as const;

export function ok(name: string, detail: string): Diagnosis {
  return { name, status: 'ok', detail, remedy: null };
}

export function problem(name: string, detail: string, remedy: string): Diagnosis {
  return { name, status: 'problem', detail, remedy };
}

export function note(name: string, detail: string, remedy: string): Diagnosis {
  return { name, status: 'note', detail, remedy };
}
