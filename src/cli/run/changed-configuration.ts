import { resolve } from 'node:path';

import { parse as parseYaml } from 'yaml';

import type { Configuration } from '../../config/configuration.ts';
import { loadConfiguration, readConfiguration } from '../../config/read-configuration.ts';
import { InvalidConfigError } from '../../domain/failure/errors.ts';

/**
 * A configuration by name or file with `key=value` changes on top, read and checked. Paths are meant from where the
 * command is typed, so they are made absolute: workers run elsewhere.
 */
export function configurationWith(nameOrFile: string, changes: readonly string[]): Configuration {
  return withChanges(loadConfiguration(nameOrFile), changes, nameOrFile);
}

export function withChanges(config: Configuration, changes: readonly string[], origin: string): Configuration {
  const document = changes.reduce<unknown>((changed, change) => setIn(changed, readChange(change)), config);
  const read = changes.length === 0 ? config : readConfiguration(document, `${origin} with ${changes.join(' ')}`);
  return withAbsolutePaths(read);
}

interface Change {
  readonly keys: readonly string[];
  /** Undefined takes the key away. */
  readonly value: unknown;
}

function readChange(change: string): Change {
  const equals = change.indexOf('=');
  if (equals < 1) throw new InvalidConfigError(`--set takes KEY=VALUE (rollout.turns=16), not "${change}"`);
  const text = change.slice(equals + 1);
  return { keys: change.slice(0, equals).split('.').map(camelCase), value: text === '' ? undefined : readValue(text) };
}

/** Values are YAML: numbers, true, text, [lists], {maps: of them}. */
function readValue(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return text;
  }
}

function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function setIn(document: unknown, { keys, value }: Change): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const before = typeof document === 'object' && document !== null ? document : {};
  const at = Object.entries(before).find(([name]) => name === key)?.[1] as unknown;
  const next = setIn(at, { keys: rest, value });
  if (Array.isArray(before)) return before.map((item: unknown, index) => (String(index) === key ? next : item));
  const others = Object.entries(before).filter(([name]) => name !== key);
  return Object.fromEntries(next === undefined ? others : [...others, [key, next]]);
}

/** `cache:` names a corpus in the worker's cache. */
function withAbsolutePaths(config: Configuration): Configuration {
  const { corpus, subjects, bugs, training } = config;
  return {
    ...config,
    ...(bugs === undefined ? {} : { bugs: resolve(bugs) }),
    ...(training?.evaluation === undefined
      ? {}
      : {
          training: {
            ...training,
            evaluation: { ...training.evaluation, bugs: resolve(training.evaluation.bugs) },
          },
        }),
    ...(corpus === undefined || corpus.startsWith('cache:') ? {} : { corpus: resolve(corpus) }),
    ...(subjects === undefined
      ? {}
      : {
          subjects: subjects.map((subject) => ({
            ...subject,
            ...(subject.directory === undefined ? {} : { directory: resolve(subject.directory) }),
            ...(subject.environment === undefined ? {} : { environment: resolve(subject.environment) }),
          })),
        }),
  };
}
