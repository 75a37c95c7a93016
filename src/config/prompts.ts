import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ARTIFACT_FILES } from '../domain/artifact/bug-artifact.ts';
import { InvalidConfigError } from '../domain/failure/errors.ts';
import type { InjectionStrategy } from '../domain/record/ledger-rows.ts';
import { packageRoot } from './package-root.ts';

export interface PromptLimits {
  readonly turns: number;
  readonly contextTokens: number;
  readonly commandSeconds: number;
  readonly outputTokens: number;
}

export interface InjectorPromptRequest {
  readonly role: 'injector';
  readonly strategy: InjectionStrategy;
  readonly treeRoot: string;
  /** Where the five files are to be written; outside of the tree. */
  readonly artifactDirectory: string;
  readonly limits: PromptLimits;
  readonly validation: {
    readonly minPassingTests: number;
    readonly minChangedFiles: number;
    readonly minFailingTests: number;
  };
}

export interface SolverPromptRequest {
  readonly role: 'solver';
  readonly treeRoot: string;
  /**
   * What stands under "The issue": an issue's text, or `bugSpecification` of a bug
   * (docs/specification.md#prompt-of-the-solver).
   */
  readonly specification: string;
  readonly limits: PromptLimits;
}

export interface Prompts {
  /** SHA-256 of all the prompts' text; kept with every run, because a policy learns with its prompt. */
  readonly hash: string;
  render(request: InjectorPromptRequest | SolverPromptRequest): { readonly system: string; readonly user: string };
  /** The reversed weakening as an issue's text. */
  bugSpecification(reversedWeakening: string): string;
}

/** Where the solver is told to write its diff. */
const PATCH_FILE = '/tmp/patch.diff';

// Each prompt and all that it must ask for: one that forgets the specification is as wrong as one with a typo.
const INJECTOR_PLACEHOLDERS = [
  'treeRoot',
  'artifactDirectory',
  'minPassingTests',
  'minChangedFiles',
  'minFailingTests',
] as const;
const PLACEHOLDERS = {
  'system.md': ['treeRoot', 'turns', 'contextTokens', 'commandSeconds', 'outputTokens', 'exampleSubmission'],
  'injector-direct.md': INJECTOR_PLACEHOLDERS,
  'injector-removal.md': INJECTOR_PLACEHOLDERS,
  'injector-history.md': INJECTOR_PLACEHOLDERS,
  'solver.md': ['treeRoot', 'patchFile', 'specification'],
  'bug-specification.md': ['fence', 'diff'],
} as const;

type PromptFile = keyof typeof PLACEHOLDERS;
type Values<File extends PromptFile> = Readonly<Record<(typeof PLACEHOLDERS)[File][number], string | number>>;

/** The two first messages of a rollout, from the prompts that ship with the package. */
export function renderPrompt(request: InjectorPromptRequest | SolverPromptRequest): {
  readonly system: string;
  readonly user: string;
} {
  return shippedPrompts().render(request);
}

export function bugSpecification(reversedWeakening: string): string {
  return shippedPrompts().bugSpecification(reversedWeakening);
}

export function promptsHash(): string {
  return shippedPrompts().hash;
}

let shipped: Prompts | undefined;

function shippedPrompts(): Prompts {
  shipped ??= loadPrompts(join(packageRoot, 'prompts'));
  return shipped;
}

/**
 * Reads a folder of prompts. `{{name}}` stands for a value, `{{> file}}` for the text of another file of the folder
 * (`.txt` where the formatter would take the text for Markdown and change it).
 *
 * Everything that can be wrong with a template is an InvalidConfigError here, so that no rollout meets it.
 */
export function loadPrompts(directory: string): Prompts {
  const texts = readTexts(directory);
  const templates = new Map(
    Object.entries(PLACEHOLDERS).map(([file, names]) => [file, checkedTemplate(texts, file, names)]),
  );
  // Values are put in all at once, and as they are: a specification may contain `{{x}}` or `$&` itself.
  const fill = <File extends PromptFile>(file: File, values: Values<File>): string => {
    const byName = new Map<string, string | number>(Object.entries(values));
    return (templates.get(file) ?? '').replace(PLACEHOLDER, (_, name: string) => String(byName.get(name) ?? ''));
  };
  return {
    hash: hashOf(texts),
    render: (request) => ({
      system: fill('system.md', {
        ...request.limits,
        treeRoot: request.treeRoot,
        exampleSubmission: exampleSubmission(request),
      }),
      user:
        request.role === 'injector'
          ? fill(`injector-${request.strategy}.md`, { ...request, ...request.validation })
          : fill('solver.md', { ...request, patchFile: PATCH_FILE }),
    }),
    bugSpecification: (diff) =>
      fill('bug-specification.md', { fence: fenceAround(diff), diff: diff.replace(/\n$/, '') }),
  };
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

function readTexts(directory: string): ReadonlyMap<string, string> {
  try {
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(?:md|txt)$/.test(file),
    );
    // Sorted, because the order of a directory differs between machines and the hash must not.
    return new Map(files.sort().map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(`cannot read the prompts in ${directory}: ${reason}`);
  }
}

function checkedTemplate(texts: ReadonlyMap<string, string>, file: string, names: readonly string[]): string {
  const template = textOf(texts, file).replace(/\{\{>\s*([^{}\s]+)\s*\}\}/g, (_, part: string) => textOf(texts, part));
  const used = new Set([...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
  const unknown = [...used].filter((name) => !names.includes(name));
  const missing = names.filter((name) => !used.has(name));
  if (unknown.length > 0)
    throw new InvalidConfigError(
      `prompt ${file}: nothing fills {{${unknown.join('}}, {{')}}}; there are ${names.join(', ')}`,
    );
  if (missing.length > 0) throw new InvalidConfigError(`prompt ${file} does not use {{${missing.join('}}, {{')}}}`);
  return template;
}

function textOf(texts: ReadonlyMap<string, string>, file: string): string {
  const text = texts.get(file);
  if (text === undefined) throw new InvalidConfigError(`the prompt file ${file} is missing`);
  return text.trimEnd();
}

function hashOf(texts: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [file, text] of texts) hash.update(`${file}\0${text}\0`);
  return hash.digest('hex');
}

function exampleSubmission(request: InjectorPromptRequest | SolverPromptRequest): string {
  if (request.role === 'solver') return PATCH_FILE;
  return ARTIFACT_FILES.map((file) => `${request.artifactDirectory}/${file}`).join('\n');
}

/** Longer than any run of backticks in the text, so that no line of it closes the block. */
function fenceAround(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(longest + 1);
}
