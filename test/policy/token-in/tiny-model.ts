import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Tokenizer } from '@huggingface/tokenizers';
import { onTestFinished } from 'vitest';

/** Their ids follow those of bytes and merges. The last is a piece of ordinary text, as some models have for spaces. */
const ADDED = [
  { content: '<|im_start|>', special: true },
  { content: '<|im_end|>', special: true },
  { content: '<think>', special: false },
  { content: '</think>', special: false },
  { content: '    ', special: false },
] as const;

const MERGES = ['t e', 's t', 'te st', 'l s', 'Ġ test', 'i n', 'in g', 'Ċ Ċ', '< |', '| >', 'i m', 'e n', 'en d'];

export const CHAT_ML = `{%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}`;

const TOKENIZER = tokenizerOf(ADDED);
const CONFIG = { eos_token: '<|im_end|>', bos_token: { content: '<|im_start|>' }, model_max_length: 4096 };

/** The library by itself, which takes `<|im_end|>` for a control token wherever it stands, as a chat server does. */
const library = new Tokenizer(TOKENIZER, CONFIG);

export function idOf(token: (typeof ADDED)[number]['content']): number {
  return library.token_to_id(token) ?? -1;
}

export function idsOf(text: string): number[] {
  return [...library.encode(text, { add_special_tokens: false }).ids];
}

/** A model's directory with a byte-level BPE tokenizer of few merges, and this template. */
export function aModelDirectory({
  template = CHAT_ML,
  config = {},
}: { template?: string; config?: object } = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'tiny-model-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  writeFileSync(join(directory, 'tokenizer.json'), JSON.stringify(TOKENIZER));
  writeFileSync(join(directory, 'tokenizer_config.json'), JSON.stringify({ ...CONFIG, ...config }));
  writeFileSync(join(directory, 'chat_template.jinja'), template);
  return directory;
}

function tokenizerOf(added: readonly { readonly content: string; readonly special: boolean }[]) {
  const pieces = [...byteCharacters(), ...MERGES.map((merge) => merge.replace(' ', ''))];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    ...{ truncation: null, padding: null, normalizer: null, post_processor: null },
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    added_tokens: added.map((token, index) => ({
      ...{ id: pieces.length + index, single_word: false, lstrip: false, rstrip: false, normalized: false },
      ...token,
    })),
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: null, fuse_unk: false, byte_fallback: false },
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: MERGES,
    },
  };
}

/** How byte-level BPE writes each byte as a visible character: printable ones as they are, the others from U+0100 on. */
function byteCharacters(): readonly string[] {
  const isPrintable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
}
