import { InvalidConfigError, PolicyRequestRejectedError } from '../../domain/failure/errors.ts';
import type { Message } from '../policy.ts';
import { createChatForm, type FormPart } from './chat-form.ts';
import { createExactTokenizer, type PromptPart } from './exact-tokenizer.ts';
import { readModelFiles, type ModelFiles, type ModelFilesPlace } from './read-model-files.ts';

export interface ChatTokensOptions extends ModelFilesPlace {
  /** What the template is given beside the messages, such as `enable_thinking`. */
  readonly templateArguments?: Readonly<Record<string, unknown>> | undefined;
}

/** A model's conversations in its own tokens. */
export interface ChatTokens {
  readonly hashes: ModelFiles['hashes'];
  /** The token that ends a reply. */
  readonly endOfTurn: number;
  /**
   * The first prompt of a rollout as the template writes it. Any later one is the conversation of the last reply, token
   * by token, and after it the tokens of what answers it: nothing that was sampled is ever tokenised again.
   */
  promptOf(messages: readonly Message[]): number[];
  textOf(completion: readonly number[]): string;
}

/** @throws InvalidConfigError when the files are missing, or the template is none that only adds to a conversation. */
export function createChatTokens(options: ChatTokensOptions): ChatTokens {
  const files = readModelFiles(options);
  const form = createChatForm(files, options.templateArguments);
  const tokenizer = createExactTokenizer(files);
  const [first] = form.bridge;
  const end = first !== undefined && 'written' in first ? tokenizer.findControl(first.written) : undefined;
  if (end === undefined)
    throw new InvalidConfigError(
      `the chat template of ${files.templatePlace} ends a reply with no token of its own, so nothing would tell where a reply ends`,
    );
  return {
    hashes: files.hashes,
    endOfTurn: end.id,
    promptOf(messages) {
      const said = messages.findLastIndex(({ role }) => role === 'assistant');
      if (said < 0) return tokenizer.encode(filled(form.opening(messages.map(({ role }) => role)), messages));
      const conversation = conversationOf(messages[said]);
      const bridge = tokenizer.encode(filled(form.bridge, messages.slice(said + 1)));
      // A reply that was cut off has not ended itself.
      return [...conversation, ...bridge.slice(conversation.at(-1) === end.id ? 1 : 0)];
    },
    textOf: (completion) => tokenizer.decode(completion.at(-1) === end.id ? completion.slice(0, -1) : completion),
  };
}

function conversationOf(reply: Message | undefined): readonly number[] {
  if (reply?.conversation !== undefined) return reply.conversation;
  throw new PolicyRequestRejectedError('the tokens of the last reply are not known, so nothing can go on from them');
}

function filled(form: readonly FormPart[], messages: readonly Message[]): readonly PromptPart[] {
  return form.map((part) => {
    if ('written' in part) return { from: 'template', text: part.written };
    const text = messages[part.message]?.content ?? '';
    const started = part.trimStart ? text.trimStart() : text;
    return { from: 'content', text: part.trimEnd ? started.trimEnd() : started };
  });
}
