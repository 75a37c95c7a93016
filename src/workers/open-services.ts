import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import pLimit from 'p-limit';

import { LOAD_PATIENCE, type Services } from '../activities/services/services.ts';
import type { TrainingInputs } from '../activities/run/training-activities.ts';
import { readSubjects } from '../config/corpus.ts';
import type { Environment } from '../config/environment.ts';
import { promptsHash } from '../config/prompts.ts';
import { loadConfiguration, readConfiguration } from '../config/read-configuration.ts';
import { InvalidConfigError } from '../domain/failure/errors.ts';
import type { EmbeddedWeights } from '../domain/training/log-linear-weights.ts';
import { getJson } from '../activities/services/json-blobs.ts';
import type { Store } from '../store/store.ts';
import { aloneAmong } from './alone-among.ts';
import { chooseSandboxes, type SandboxChoice } from './choose-sandboxes.ts';
import { openStore } from './open-store.ts';
import { rememberPolicies } from './remember-policies.ts';
import { rememberServings } from './remember-servings.ts';
import { rememberTrainers } from './remember-trainers.ts';

export interface OpenServices {
  readonly services: Services;
  readonly inputs: TrainingInputs;
  /** Which sandbox backend was chosen and why, in a sentence for a person. */
  readonly sandboxChoice: string;
  /** Lets go of everything; sandboxes live on, on their lease. */
  close(): Promise<void>;
}

/** Chooses the adapters: the one place that does. */
export async function openServices({
  environment,
  sandbox = 'auto',
  say,
  store: open = openStore,
}: {
  readonly environment: Environment;
  readonly sandbox?: SandboxChoice;
  /** Told about what takes long, such as the pull of an image. */
  readonly say?: (what: string) => void;
  /** Opens the store; by default that of the deployment. */
  readonly store?: (environment: Environment) => Promise<Store>;
}): Promise<OpenServices> {
  const { sandboxes, reason } = await chooseSandboxes(environment, sandbox, say);
  const store = await open(environment);
  const testRuns = pLimit(availableParallelism());
  const services: Services = {
    store,
    sandboxes,
    policyFor: rememberPolicies(async (ref) => (await getJson<EmbeddedWeights>(store.blobs, ref)).weights),
    trainerFor: rememberTrainers(store.blobs),
    servingFor: rememberServings(),
    testRuns,
    aloneAmongTestRuns: aloneAmong(testRuns),
    loadPatience: LOAD_PATIENCE,
    deployment: environment.home,
  };
  const close = async () => {
    await sandboxes.close();
    await store.close();
  };
  return { services, inputs: trainingInputs(environment), sandboxChoice: reason, close };
}

/** Reads what a user typed, with the worker host's files. */
function trainingInputs(environment: Environment): TrainingInputs {
  return {
    readTrainingInput: (input) =>
      isNamed(input) ? loadConfiguration(input.config) : readConfiguration(input, 'the workflow input'),
    readSubjects: (config) => readSubjects(config, environment.cache),
    promptsHash,
    isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  };
}

/** `{"config": "demo"}`: a configuration by its name or file, and nothing beside it. */
function isNamed(input: unknown): input is { readonly config: string } {
  if (typeof input !== 'object' || input === null || !('config' in input)) return false;
  const others = Object.keys(input).filter((key) => key !== 'config');
  if (typeof input.config === 'string' && others.length === 0) return true;
  throw new InvalidConfigError(
    `the workflow input is either {"config": "NAME OR FILE"} or a whole configuration, not "config" beside ${others.join(', ') || JSON.stringify(input.config)}`,
  );
}
