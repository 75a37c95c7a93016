import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { InvalidConfigError } from '../../domain/failure/errors.ts';

/** Where the files of a model lie. */
export interface ModelFilesPlace {
  /** A directory with tokenizer.json, tokenizer_config.json and, unless that one has it, chat_template.jinja. */
  readonly tokenizer: string;
  /** A chat template in place of the model's own. */
  readonly chatTemplate?: string | undefined;
}

/** How a model's conversations are written in tokens, as its own files say. */
export interface ModelFiles {
  /** For people: where the template is from. */
  readonly templatePlace: string;
  readonly tokenizer: TokenizerJson;
  readonly tokenizerConfig: TokenizerConfig;
  readonly chatTemplate: string;
  /** SHA-256 of tokenizer.json, and of the template. */
  readonly hashes: { readonly tokenizer: string; readonly chatTemplate: string };
}

const tokenizerSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean().default(false) })),
  model: z.looseObject({
    type: z.literal('BPE', 'only tokenizers of the kind BPE are known to be exact'),
    vocab: z.record(z.string(), z.int()),
    unk_token: z.string().nullish(),
  }),
});

const namedTemplates = z.array(z.object({ name: z.string(), template: z.string() }));
const tokenizerConfigSchema = z.looseObject({ chat_template: z.union([z.string(), namedTemplates]).nullish() });

export type TokenizerJson = z.infer<typeof tokenizerSchema>;
export type TokenizerConfig = z.infer<typeof tokenizerConfigSchema>;

/** @throws InvalidConfigError when a file is missing or is not what it should be. */
export function readModelFiles({ tokenizer: directory, chatTemplate: own }: ModelFilesPlace): ModelFiles {
  const tokenizerPath = join(directory, 'tokenizer.json');
  const tokenizerText = textOf(tokenizerPath);
  const configPath = join(directory, 'tokenizer_config.json');
  const tokenizerConfig = parsed(tokenizerConfigSchema, configPath, textOf(configPath));
  const { template, place } = templateOf(directory, tokenizerConfig, own);
  return {
    templatePlace: place,
    tokenizer: parsed(tokenizerSchema, tokenizerPath, tokenizerText),
    tokenizerConfig,
    chatTemplate: template,
    hashes: { tokenizer: sha256(tokenizerText), chatTemplate: sha256(template) },
  };
}

function templateOf(
  directory: string,
  { chat_template: inConfig }: TokenizerConfig,
  own: string | undefined,
): { readonly template: string; readonly place: string } {
  if (own !== undefined) return { template: textOf(own), place: own };
  const place = join(directory, 'tokenizer_config.json');
  if (typeof inConfig === 'string') return { template: inConfig, place };
  const named = inConfig?.find(({ name }) => name === 'default');
  if (named !== undefined) return { template: named.template, place };
  // Newer exports have it in a file of its own.
  const file = join(directory, 'chat_template.jinja');
  return { template: textOf(file), place: file };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(
      `policy.tokenizer names the directory of a model's tokenizer.json, tokenizer_config.json and chat template: ${why}`,
    );
  }
}

function parsed<Value>(schema: z.ZodType<Value>, path: string, text: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidConfigError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new InvalidConfigError(`${path}: ${z.prettifyError(result.error)}`);
  return result.data;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
