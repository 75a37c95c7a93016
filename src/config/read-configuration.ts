import { readFileSync, readdirSync } from 'node:fs';
import { join as joinPath, resolve } from 'node:path';

import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';

import { InvalidConfigError } from '../domain/failure/errors.ts';
import { configurationSchema, type Configuration } from './configuration.ts';
import { camelCaseKeys, join, snakeCase, type SpelledPaths } from './key-spelling.ts';
import { closestName } from './closest-name.ts';
import { packageRoot } from './package-root.ts';

/** Reads a whole configuration; throws `InvalidConfigError` with every offending place, its value and the way out. */
export function readConfiguration(document: unknown, origin: string): Configuration {
  const { document: camelCased, spelled } = camelCaseKeys(document);
  const parsed = configurationSchema.safeParse(camelCased);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${describeIssue(issue, camelCased, spelled)}`);
  throw new InvalidConfigError(`${origin} is not a valid configuration:\n${problems.join('\n')}`);
}

/** Reads a configuration by its name in config/ (`demo`) or from a YAML or JSON file. */
export function loadConfiguration(nameOrFile: string): Configuration {
  const file = /^[a-z0-9-]+$/.test(nameOrFile)
    ? joinPath(packageRoot, 'config', `${nameOrFile}.yaml`)
    : resolve(nameOrFile);
  return readConfiguration(readYamlFile(file, nameOrFile), file);
}

/** A YAML or JSON file as a plain value. */
function readYamlFile(file: string, nameOrFile: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidConfigError(
      `there is no configuration "${nameOrFile}" (looked for ${file}: ${messageOf(error)}). Give the path of a YAML or JSON file, or one of: ${configurationNames().join(', ')}`,
    );
  }
  try {
    return parseYaml(text);
  } catch (error) {
    throw new InvalidConfigError(`${file} is neither YAML nor JSON: ${messageOf(error)}`);
  }
}

export function configurationNames(): readonly string[] {
  return readdirSync(joinPath(packageRoot, 'config'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length));
}

function describeIssue(issue: z.core.$ZodIssue, document: unknown, spelled: SpelledPaths): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(join(path, key), key, path, spelled)).join('\n  ');
  }
  const value = issue.path.reduce<unknown>((at, key) => (isRecord(at) ? at[String(key)] : undefined), document);
  const place = path === '' ? '(top level)' : (spelled.get(path) ?? path);
  return `${place}: ${issue.message}${value === undefined || typeof value === 'object' ? '' : ` (is ${JSON.stringify(value)})`}`;
}

function unknownKey(path: string, key: string, parent: string, spelled: SpelledPaths): string {
  const known = knownKeys(parent);
  const suggestion = closestName(key, known);
  const wayOut =
    suggestion === undefined
      ? `known here: ${known.map(snakeCase).join(', ')}`
      : `did you mean "${snakeCase(suggestion)}"?`;
  return `${spelled.get(path) ?? path}: unknown key; ${wayOut}`;
}

/** The keys that the schema has at a place, for "did you mean". */
function knownKeys(path: string): readonly string[] {
  let schema: unknown = configurationSchema;
  for (const key of path === '' ? [] : path.split('.')) schema = elementOf(schema) ?? shapeOf(schema)?.[key];
  return Object.keys(shapeOf(schema) ?? {});
}

/** The schema of the items of a list, where it is one. */
function elementOf(schema: unknown): unknown {
  let at = schema;
  while (isRecord(at) && isRecord(at.def)) {
    if (at.def.type === 'array') return at.def.element;
    at = at.def.innerType;
  }
  return undefined;
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  let at = schema;
  while (isRecord(at)) {
    if (isRecord(at.shape)) return at.shape;
    const definition = at.def;
    at = isRecord(definition) ? definition.innerType : undefined;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
