import { Tokenizer } from '@huggingface/tokenizers';

import type { ModelFiles, TokenizerJson } from './read-model-files.ts';

/** A piece of a prompt: what the chat template writes, or what somebody has said. */
export interface PromptPart {
  readonly from: 'template' | 'content';
  readonly text: string;
}

/** A model's tokenizer that takes a control token for one only where the chat template writes it. */
export interface ExactTokenizer {
  encode(parts: readonly PromptPart[]): number[];
  /** The text of sampled ids, without special tokens and ids that are none. */
  decode(ids: readonly number[]): string;
  /** The control token that begins a text; undefined where the text begins with none. */
  findControl(text: string): { readonly id: number; readonly content: string } | undefined;
}

/**
 * The library finds control tokens in any text, and a file that an agent reads may hold `<|im_end|>`. So here each
 * control token is known to it by another name, which no content can have: an id between two lone surrogates, which text
 * in UTF-8 never contains. The names are put where the template writes control tokens, and the whole prompt is encoded
 * at once, so that all other text becomes the ids that a chat server makes of it.
 */
export function createExactTokenizer({ tokenizer, tokenizerConfig }: ModelFiles): ExactTokenizer {
  const controls = new Map(tokenizer.added_tokens.filter(isControl).map(({ id, content }) => [content, id]));
  const contents = new Map([...controls].map(([content, id]) => [id, content]));
  const longestFirst = [...controls.keys()].sort((one, other) => other.length - one.length);
  const anyControl = new RegExp(longestFirst.map(escaped).join('|') || '(?!)', 'g');
  const library = new Tokenizer(withNames(tokenizer, controls), tokenizerConfig);
  return {
    encode(parts) {
      const text = parts.map(({ from, text: written }) =>
        from === 'content'
          ? wellFormed(written)
          : wellFormed(written).replace(anyControl, (content) => nameOf(controls.get(content))),
      );
      return [...library.encode(text.join(''), { add_special_tokens: false }).ids];
    },
    decode(ids) {
      // A model's output layer may be wider than its vocabulary.
      const known = ids.filter((id) => library.id_to_token(id) !== undefined);
      if (known.length === 0) return '';
      const text = library.decode(known, { skip_special_tokens: true, clean_up_tokenization_spaces: false });
      return text.replace(/\uD800(\d+)\uD800/g, (_, id: string) => contents.get(Number(id)) ?? '');
    },
    findControl(text) {
      const content = longestFirst.find((control) => text.startsWith(control));
      const id = content === undefined ? undefined : controls.get(content);
      return content === undefined || id === undefined ? undefined : { id, content };
    },
  };
}

/**
 * Added tokens that are special, or marks such as `<think>`. The others are pieces of ordinary text, as runs of spaces:
 * text without them would be other tokens than the model has learned.
 */
function isControl({ special, content }: TokenizerJson['added_tokens'][number]): boolean {
  return special || /^[<[{].*[>\]}]$/s.test(content);
}

/** What a file may leave out, and the library wants to be told. */
const ABSENT = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };

function withNames(
  { added_tokens: added, model, ...rest }: TokenizerJson,
  controls: ReadonlyMap<string, number>,
): object {
  const named = (token: string) => (controls.has(token) ? nameOf(controls.get(token)) : token);
  return {
    ...ABSENT,
    ...rest,
    added_tokens: added.map((token) =>
      isControl(token) ? { ...token, content: nameOf(token.id), normalized: false } : token,
    ),
    model: {
      ...model,
      // Some vocabularies hold them too, and a piece of plain text must not be looked up as one.
      vocab: Object.fromEntries(Object.entries(model.vocab).map(([token, id]) => [named(token), id])),
      ...(model.unk_token == null ? {} : { unk_token: named(model.unk_token) }),
    },
  };
}

function nameOf(id: number | undefined): string {
  return `\uD800${id}\uD800`;
}

function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
