import { findCallLikeness } from './call-likeness.ts';
import { callForm, DIVIDER, REPLACE, SEARCH } from './call-text.ts';
import { isToolName, TOOL_NAMES, toolNamedIn, type ToolCall } from './tool-call.ts';

/** How a reply came to its end: by itself, or because somebody stopped it. */
export type ReplyEnd = 'stop' | 'length' | 'context-exceeded' | 'content-filter';

export type ToolCallReading =
  | { readonly kind: 'call'; readonly call: ToolCall }
  | { readonly kind: 'none' }
  /** `form`: how the call that was meant is written. */
  | { readonly kind: 'malformed'; readonly problem: string; readonly form: string };

/**
 * Reads the tool call of a reply, in the text protocol of the authors' published scaffold (facebookresearch/cwm,
 * cwm/rl/swerl/default_tools.py): `<tool: bash>`, the arguments from the next line on, `</tool>` on a line of its own.
 *
 * As there, text around the call is ignored, a second opening tag is an error, and so is a tag without its partner. The
 * last closing line ends the call, so a document that holds one can be written. Carriage returns at the ends of lines
 * belong to nobody's command or file and are taken off. A mistake is the policy's own and is answered with the problem's
 * text; so is a call in the form of another scaffold, for a reply without any call may end the work
 * (docs/specification.md#agent).
 */
export function readToolCall(reply: string, end: ReplyEnd = 'stop'): ToolCallReading {
  const spoken = spokenPart(reply.replace(/\r+(?=\n|$)/g, ''));
  const reading = readSpoken(spoken);
  const stopped = STOPPED[end];
  return stopped === undefined || (reading.kind === 'call' && endsWithItsCall(spoken))
    ? reading
    : { kind: 'malformed', problem: stopped, form: callForm() };
}

/** What is left of a reply that somebody stopped is not what the policy would have said. */
const STOPPED: Readonly<Partial<Record<ReplyEnd, string>>> = {
  length:
    'the reply was cut off because it was too long, and nothing of it was run; be brief, and write a long file in several turns',
  'content-filter': "the model's server stopped the reply by its content filter, and nothing of it was run",
};

function endsWithItsCall(spoken: string): boolean {
  return CLOSING_LINE.test(spoken.trimEnd().split('\n').at(-1) ?? '');
}

function readSpoken(spoken: string): ToolCallReading {
  const lines = spoken.split('\n');
  const openings = lines.flatMap((line, index) => (OPENING_LINE.test(line) ? [index] : []));
  // Alone on its line is how the tag is meant to stand; after other text on the line it is understood as well.
  const start = openings[0] ?? lines.findIndex((line) => OPENING_TAG.test(line));
  const name = OPENING_TAG.exec(lines[start] ?? '')?.[1] ?? '';
  if (openings.length > 1) {
    return malformed(`expected one tool call, found ${openings.length}: make exactly one call a turn`, name);
  }
  if (start === -1) return readUncalled(spoken, lines);
  const end = lines.findLastIndex((line) => CLOSING_LINE.test(line));
  if (end <= start) return malformed('the tool call is not closed: </tool> must stand on a line of its own', name);
  return readArguments(name, lines.slice(start + 1, end));
}

/** Nothing of a reply without an opening tag is run, but one that looks like a call is not the end of the work. */
function readUncalled(spoken: string, lines: readonly string[]): ToolCallReading {
  const likeness = findCallLikeness(spoken);
  if (lines.some((line) => /<tool:|^\s*<\/tool>\s*$/.test(line)))
    return malformed('the tags <tool: NAME> and </tool> must each end a line of their own', likeness?.meant ?? spoken);
  return likeness === undefined
    ? { kind: 'none' }
    : malformed(`this looks like a tool call (${likeness.form}), and is none`, likeness.meant);
}

const OPENING_TAG = /<tool:[ \t]*([A-Za-z_]+)>\s*$/;
const OPENING_LINE = /^\s*<tool:[ \t]*[A-Za-z_]+>\s*$/;
const CLOSING_LINE = /^\s*<\/tool>\s*$/;

// A reasoning model thinks in front of its reply, and may draft calls there; some chat templates open the tag themselves.
function spokenPart(reply: string): string {
  const end = reply.indexOf('</think>');
  if (end === -1) return reply;
  const spoken = reply.slice(end + '</think>'.length);
  return /^\s*<think>/.test(reply) || spoken.split('\n').some((line) => OPENING_LINE.test(line)) ? spoken : reply;
}

/** `meant` names the tool, or holds the text that does. */
function malformed(problem: string, meant: string): ToolCallReading {
  return { kind: 'malformed', problem, form: callForm(toolNamedIn(meant)) };
}

function readArguments(name: string, lines: readonly string[]): ToolCallReading {
  if (!isToolName(name))
    return malformed(`there is no tool "${name.slice(0, 40)}"; there are ${TOOL_NAMES.join(', ')}`, name);
  if (lines.every((line) => line.trim() === ''))
    return malformed(`the ${name} tool needs arguments, and they are empty`, name);
  // JSON can spell one, but no file name, program argument or file can hold it.
  if (lines.some((line) => /\p{Cs}/u.test(line)))
    return malformed(`the arguments of the ${name} tool hold half of a surrogate pair, which is no character`, name);
  switch (name) {
    case 'bash':
      return { kind: 'call', call: { tool: 'bash', command: lines.join('\n') } };
    case 'submit':
      return {
        kind: 'call',
        call: { tool: 'submit', paths: lines.map((line) => line.trim()).filter((path) => path !== '') },
      };
    case 'create':
      return readCreate(lines);
    case 'edit':
      return readEdit(lines);
  }
}

function readCreate([first = '', ...content]: readonly string[]): ToolCallReading {
  const path = first.trim();
  if (path === '') return malformed('the first line of the create tool must be the path', 'create');
  // Every line ends with a line feed, or diffs and scripts written this way would lack their last one.
  return { kind: 'call', call: { tool: 'create', path, content: content.map((line) => `${line}\n`).join('') } };
}

function readEdit([first = '', ...rest]: readonly string[]): ToolCallReading {
  const path = first.trim();
  const block = rest.map((line) => line.trimEnd());
  while (block.at(-1) === '') block.pop();
  const searches = block.filter((line) => line === SEARCH).length;
  const replaces = block.filter((line) => line === REPLACE).length;
  if (searches > 1 || replaces > 1) return malformed('only one search/replace block is allowed in one edit', 'edit');
  const divider = block.indexOf(DIVIDER);
  if (path === '' || block[0] !== SEARCH || divider === -1 || block.at(-1) !== REPLACE)
    return malformed('the edit tool takes a path on its first line and then one block, with nothing behind it', 'edit');
  const search = rest.slice(1, divider).join('\n');
  if (search.trim() === '') return malformed('the search lines of the edit are empty', 'edit');
  return {
    kind: 'call',
    call: { tool: 'edit', path, search, replace: rest.slice(divider + 1, block.length - 1).join('\n') },
  };
}
