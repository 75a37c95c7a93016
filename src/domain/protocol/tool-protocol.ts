/** What an agent may ask for, one call a turn (SPEC 2). */
export type ToolCall =
  | { readonly tool: 'bash'; readonly command: string }
  | { readonly tool: 'edit'; readonly path: string; readonly search: string; readonly replace: string }
  | { readonly tool: 'create'; readonly path: string; readonly content: string }
  | { readonly tool: 'submit'; readonly paths: readonly string[] };

export type ToolCallReading =
  | { readonly kind: 'call'; readonly call: ToolCall }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly problem: string };

/**
 * Reads the tool call of a reply, in the text protocol of the authors' published scaffold (facebookresearch/cwm,
 * cwm/rl/swerl/default_tools.py): `<tool: bash>`, the arguments from the next line on, `</tool>` on a line of its own.
 *
 * As there, text around the call is ignored, a second opening tag is an error, and so is a tag without its partner. The
 * last closing line ends the call, so a document that holds one can be written. A mistake is the policy's own and is
 * answered with the problem's text (SPEC 2).
 */
export function readToolCall(reply: string): ToolCallReading {
  const lines = spokenPart(reply).split('\n');
  const openings = lines.flatMap((line, index) => (OPENING_LINE.test(line) ? [index] : []));
  // Alone on its line is how the tag is meant to stand; after other text on the line it is understood as well.
  const start = openings[0] ?? lines.findIndex((line) => OPENING_TAG.test(line));
  if (openings.length > 1) {
    return malformed(`expected one tool call, found ${openings.length}: make exactly one call a turn`);
  }
  if (start === -1) {
    const mentioned = lines.some((line) => /<tool:|^\s*<\/tool>\s*$/.test(line));
    return mentioned
      ? malformed('the tags <tool: NAME> and </tool> must each end a line of their own')
      : { kind: 'none' };
  }
  const end = lines.findLastIndex((line) => CLOSING_LINE.test(line));
  if (end <= start) return malformed('the tool call is not closed: </tool> must stand on a line of its own');
  const name = OPENING_TAG.exec(lines[start] ?? '')?.[1] ?? '';
  return readArguments(name, lines.slice(start + 1, end));
}

/** The call as text: the inverse of `readToolCall` for every call that the protocol can carry. */
export function renderToolCall(call: ToolCall): string {
  return [`<tool: ${call.tool}>`, ...renderArguments(call), '</tool>'].join('\n');
}

/**
 * Replaces consecutive whole lines that must occur exactly once (the scaffold's plugins/edit.py). An empty replacement
 * removes the lines.
 */
export function applySearchReplace(
  text: string,
  search: string,
  replace: string,
): { readonly applied: true; readonly text: string } | { readonly applied: false; readonly problem: string } {
  const lines = text.split('\n');
  const wanted = search.split('\n');
  const places = occurrences(lines, wanted);
  const [place] = places;
  if (place === undefined) {
    return {
      applied: false,
      problem: 'the search lines do not appear verbatim; they must match whole lines, indentation included',
    };
  }
  if (places.length > 1) {
    const numbers = places.slice(0, 20).map((start) => start + 1);
    return {
      applied: false,
      problem: `the search lines appear ${places.length} times, at lines ${numbers.join(', ')}; they must be unique`,
    };
  }
  const replacement = replace === '' ? [] : replace.split('\n');
  return {
    applied: true,
    text: [...lines.slice(0, place), ...replacement, ...lines.slice(place + wanted.length)].join('\n'),
  };
}

/**
 * Where the wanted lines begin, overlapping places included, by Knuth, Morris and Pratt: a file and a search of blank
 * lines, a few megabytes each, would hold up the worker for hours with every place tried.
 */
function occurrences(lines: readonly string[], wanted: readonly string[]): readonly number[] {
  // How many lines of the wanted still match when the line behind so many does not.
  const fallback = [0];
  const advance = (line: string | undefined, matched: number): number => {
    let length = matched;
    while (length > 0 && wanted[length] !== line) length = fallback[length - 1] ?? 0;
    return wanted[length] === line ? length + 1 : length;
  };
  for (const line of wanted.slice(1)) fallback.push(advance(line, fallback.at(-1) ?? 0));
  const places: number[] = [];
  let matched = 0;
  for (const [index, line] of lines.entries()) {
    matched = advance(line, matched);
    if (matched === wanted.length) places.push(index - wanted.length + 1);
  }
  return places;
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

function malformed(problem: string): ToolCallReading {
  return { kind: 'malformed', problem };
}

function readArguments(name: string, lines: readonly string[]): ToolCallReading {
  if (!TOOL_NAMES.has(name))
    return malformed(`there is no tool "${name.slice(0, 40)}"; there are ${[...TOOL_NAMES].join(', ')}`);
  if (lines.every((line) => line.trim() === ''))
    return malformed(`the ${name} tool needs arguments, and they are empty`);
  // JSON can spell one, but no file name, program argument or file can hold it.
  if (lines.some((line) => /\p{Cs}/u.test(line)))
    return malformed(`the arguments of the ${name} tool hold half of a surrogate pair, which is no character`);
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
    default:
      return readEdit(lines);
  }
}

const TOOL_NAMES: ReadonlySet<string> = new Set(['bash', 'edit', 'create', 'submit']);

function readCreate([first = '', ...content]: readonly string[]): ToolCallReading {
  const path = first.trim();
  if (path === '') return malformed('the first line of the create tool must be the path');
  // Every line ends with a line feed, or diffs and scripts written this way would lack their last one.
  return { kind: 'call', call: { tool: 'create', path, content: content.map((line) => `${line}\n`).join('') } };
}

const EDIT_FORMAT =
  'the edit tool takes the path on its first line, then <<<<<<< SEARCH, the lines to find, =======, the lines to put there, >>>>>>> REPLACE';

function readEdit([first = '', ...rest]: readonly string[]): ToolCallReading {
  const path = first.trim();
  const block = rest.map((line) => line.trimEnd());
  while (block.at(-1) === '') block.pop();
  const searches = block.filter((line) => line === SEARCH).length;
  const replaces = block.filter((line) => line === REPLACE).length;
  if (searches > 1 || replaces > 1) return malformed('only one search/replace block is allowed in one edit');
  const divider = block.indexOf(DIVIDER);
  if (path === '' || block[0] !== SEARCH || divider === -1 || block.at(-1) !== REPLACE) return malformed(EDIT_FORMAT);
  const search = rest.slice(1, divider).join('\n');
  if (search.trim() === '') return malformed('the search lines of the edit are empty');
  return {
    kind: 'call',
    call: { tool: 'edit', path, search, replace: rest.slice(divider + 1, block.length - 1).join('\n') },
  };
}

const SEARCH = '<<<<<<< SEARCH';
const DIVIDER = '=======';
const REPLACE = '>>>>>>> REPLACE';

function renderArguments(call: ToolCall): readonly string[] {
  switch (call.tool) {
    case 'bash':
      return [call.command];
    case 'submit':
      return call.paths;
    case 'create':
      return call.content === '' ? [call.path] : [call.path, call.content.replace(/\n$/, '')];
    case 'edit':
      return [call.path, SEARCH, call.search, DIVIDER, ...(call.replace === '' ? [] : [call.replace]), REPLACE];
  }
}
