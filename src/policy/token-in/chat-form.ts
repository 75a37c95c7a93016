import { Template } from '@huggingface/jinja';

import { InvalidConfigError } from '../../domain/failure/errors.ts';
import type { Message } from '../policy.ts';
import type { ModelFiles } from './read-model-files.ts';

/** A piece of a conversation as a template writes it: its own text, or the place of a message. */
export type FormPart =
  | { readonly written: string }
  /** The message's number, and whether the template takes spaces off its ends. */
  | { readonly message: number; readonly trimStart: boolean; readonly trimEnd: boolean };

/** How a chat template writes conversations, whatever is said in them. */
export interface ChatForm {
  /** Up to where the first reply begins. */
  opening(roles: readonly Message['role'][]): readonly FormPart[];
  /** From the end of a reply to where the next one begins; its message 0 answers the reply. */
  readonly bridge: readonly FormPart[];
}

// Private characters stand for a message, within spaces that a template takes off only if it trims the message.
const PAD = '\u2003';
const mark = (message: number) => `${PAD}\uE000${message}\uE001${PAD}`;
const MARK = /(\u2003?)\uE000(\d+)\uE001(\u2003?)/;
const A_REPLY = new RegExp(`^${MARK.source}`);

const OPENING = ['system', 'user'] as const;
const TURN = ['assistant', 'user'] as const;
const TURNS_TRIED = 3;

/**
 * Derived from the template itself: conversations of marks are written with it, each one turn longer than the last.
 *
 * @throws InvalidConfigError for a template under which a longer conversation does not begin with the shorter one.
 */
export function createChatForm(files: ModelFiles, templateArguments: Readonly<Record<string, unknown>> = {}): ChatForm {
  const write = writerOf(files, templateArguments);
  const bridges = Array.from({ length: TURNS_TRIED }, (_, turn) => bridgeAfter(turn, write, files.templatePlace));
  const [bridge = ''] = bridges;
  const other = bridges.find((text) => text !== bridge);
  if (other !== undefined)
    throw notAppending(
      files.templatePlace,
      `it writes ${JSON.stringify(unmarked(bridge))} after one reply and ${JSON.stringify(unmarked(other))} after another`,
    );
  checkReasoning(write, files.templatePlace);
  const opening = (roles: readonly Message['role'][]) =>
    partsOf(write(roles.map((role, index) => ({ role, content: mark(index) }))), roles.length, files);
  opening(OPENING);
  return { opening, bridge: partsOf(bridge, 1, files) };
}

type Write = (messages: readonly Message[]) => string;

function writerOf(
  { chatTemplate, templatePlace, tokenizerConfig }: ModelFiles,
  given: Readonly<Record<string, unknown>>,
): Write {
  try {
    const template = new Template(chatTemplate);
    const variables = { ...specialTokens(tokenizerConfig), ...given, add_generation_prompt: true };
    return (messages) => {
      try {
        return template.render({ ...variables, messages });
      } catch (error) {
        throw refused(templatePlace, error);
      }
    };
  } catch (error) {
    throw refused(templatePlace, error);
  }
}

/** What is written from the end of a turn's reply to where the next begins, with the mark 0 for the answer to it. */
function bridgeAfter(turn: number, write: Write, place: string): string {
  const roles = (turns: number) => [...OPENING, ...Array.from({ length: turns }, () => TURN).flat()];
  const written = (turns: number) => write(roles(turns).map((role, index) => ({ role, content: mark(index) })));
  const before = written(turn);
  const after = written(turn + 1);
  if (!after.startsWith(before))
    throw notAppending(place, `with reply ${turn + 1} it writes ${differenceOf(before, after)}`);
  const rest = after.slice(before.length);
  const reply = 2 * turn + OPENING.length;
  const match = A_REPLY.exec(rest);
  if (match === null || Number(match[2]) !== reply)
    throw notAppending(place, `it puts ${JSON.stringify(unmarked(rest.slice(0, 40)))} before reply ${turn + 1}`);
  return rest.slice(match[0].length).replace(`\uE000${reply + 1}\uE001`, '\uE0000\uE001');
}

/** Templates of reasoning models leave out what earlier replies thought, though the policy has sampled it. */
function checkReasoning(write: Write, place: string): void {
  const thought = `<think>\n${mark(9)}\n</think>\n\n${mark(2)}`;
  const messages = [...OPENING, ...TURN].map((role, index) => ({ role, content: index === 2 ? thought : mark(index) }));
  if (!write(messages).includes('\uE0009\uE001'))
    throw notAppending(place, 'of earlier replies it leaves out what stands between <think> and </think>');
}

function partsOf(text: string, messages: number, { templatePlace }: ModelFiles): readonly FormPart[] {
  // Each match gives three captures between two pieces of the template's own text.
  const pieces = text.split(new RegExp(MARK.source));
  const parts: FormPart[] = [];
  const found: number[] = [];
  for (let index = 0; index < pieces.length; index += 4) {
    const [written = '', start, message, end] = pieces.slice(index, index + 4);
    if (written !== '') parts.push({ written });
    if (message === undefined) continue;
    found.push(Number(message));
    parts.push({ message: Number(message), trimStart: start === '', trimEnd: end === '' });
  }
  if (found.length !== messages || found.some((message, index) => message !== index))
    throw new InvalidConfigError(
      `the chat template of ${templatePlace} leaves out, repeats or moves a message: of ${messages} it writes ${found.map((message) => message + 1).join(', ') || 'none'}`,
    );
  return parts;
}

/** `bos_token` and the like, as templates ask for them. */
function specialTokens(config: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      const content = typeof value === 'object' && value !== null && 'content' in value ? value.content : value;
      return key.endsWith('_token') && typeof content === 'string' ? [[key, content]] : [];
    }),
  );
}

function differenceOf(before: string, after: string): string {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const from = Math.max(0, same - 20);
  const shown = (text: string) => JSON.stringify(unmarked(text.slice(from, same + 40)));
  return `${shown(after)} where it had written ${shown(before)}`;
}

function unmarked(text: string): string {
  return text.replace(new RegExp(MARK.source, 'g'), '(a message)').replace(/[\u2003\uE000\uE001]/g, '');
}

function notAppending(place: string, how: string): InvalidConfigError {
  return new InvalidConfigError(
    `the chat template of ${place} changes earlier turns: ${how}. A prompt that keeps the sampled tokens would be none that it writes; name a template that only adds to a conversation (policy.chat_template)`,
  );
}

function refused(place: string, error: unknown): InvalidConfigError {
  return new InvalidConfigError(
    `the chat template of ${place} does not take a system message and turns of user and assistant: ${error instanceof Error ? error.message : String(error)}`,
  );
}
