export interface CallLikeness {
  /** The form that it has, in a word. */
  readonly form: string;
  /** From where it begins; it names the tool, where anything does. */
  readonly meant: string;
}

/**
 * In which other form a text makes a tool call; undefined for plain words.
 *
 * Models are trained on many scaffolds and fall back into them. After a submission a reply in plain words ends the work,
 * so a call in another form must be told from it. Here a mistake costs a turn, there it costs all of the work.
 */
export function findCallLikeness(text: string): CallLikeness | undefined {
  for (const { form, pattern } of FORMS) {
    const start = text.search(pattern);
    if (start !== -1) return { form, meant: text.slice(start) };
  }
  return isJson(text.trim()) ? { form: 'JSON', meant: text } : undefined;
}

const NAME = String.raw`(?:functions\.|default_api\.)?(?:bash|edit|create|submit)`;

// White space is counted or kept within a line wherever two runs of it could meet: a reply may be a megabyte of it.
const FORMS: readonly { readonly form: string; readonly pattern: RegExp }[] = [
  // <Tool: bash>, <tool_call>, <tool name="bash">, </Tool>
  { form: 'a tag of another form', pattern: /<[ \t]{0,3}\/?[ \t]{0,3}tools?(?:[_ -]?(?:calls?|use))?[:=>\s]/i },
  // <bash>, <submit path="...">
  { form: 'a tag of another form', pattern: new RegExp(String.raw`^[ \t]*</?${NAME}\b[^<>\n]*>`, 'im') },
  // <function=bash>, <function_calls>, <invoke name="bash">
  { form: 'a tag of another form', pattern: /^[ \t]*<\/?(?:function(?:_calls?)?|(?:\w{1,20}:)?invoke)[=\s>]/im },
  // <|tool_call|>, <|python_tag|>, [TOOL_CALLS]; some write full-width bars
  { form: 'special tokens', pattern: /<[|｜][^<>\n]{0,40}(?:tool|call|python_tag)[^<>\n]{0,40}[|｜]>|\[TOOL_CALLS\]/i },
  // [tool: bash], **Tool: bash**, Action: bash
  {
    form: 'a heading',
    pattern: new RegExp(
      String.raw`^[ \t[({*#]*(?:tool|action|function)(?: name| call)?[ \t]*:[ \t*\x60"']*${NAME}\b`,
      'im',
    ),
  },
  {
    form: 'JSON',
    pattern: new RegExp(
      String.raw`["'](?:name|tool|tool_?name|function|action|recipient_name|type)["']\s*:\s*["']${NAME}["']`,
      'i',
    ),
  },
  // bash("ls"), print(submit(...))
  { form: 'a function call', pattern: new RegExp(String.raw`^[ \t]*(?:print\()?${NAME}\(.*\)[ \t]*$`, 'im') },
  { form: 'a block of an edit', pattern: /^[ \t]*(?:<{5,9} ?SEARCH|>{5,9} ?REPLACE)[ \t]*$/m },
  // Shell text in a block at the very end, as scaffolds with one tool have it.
  {
    form: 'a code block',
    pattern:
      /^[ \t]*(`{3,}|~{3,})[ \t]*(?:bash|sh|shell|edit|create|submit|tool\w*)\b[^\n]*\n(?:(?![ \t]*\1)[^\n]*\n)*[ \t]*\1\s*(?![\s\S])/im,
  },
];

/** Nobody ends the work with a document and no word; an object of arguments alone is a call whose name got lost. */
function isJson(text: string): boolean {
  const body = /^```(?:json)?[ \t]*\n([\s\S]*)\n[ \t]*```$/i.exec(text)?.[1]?.trim() ?? text;
  if (!/^[[{]/.test(body)) return false;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
