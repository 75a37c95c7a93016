import type { ToolCall, ToolName } from './tool-call.ts';

export const SEARCH = '<<<<<<< SEARCH';
export const DIVIDER = '=======';
export const REPLACE = '>>>>>>> REPLACE';

/** The call as text: the inverse of `readToolCall` for every call that the protocol can carry. */
export function renderToolCall(call: ToolCall): string {
  return [`<tool: ${call.tool}>`, ...renderArguments(call), '</tool>'].join('\n');
}

/** How a call of the tool is written, for a policy that wrote it another way; of `bash` where nobody knows which. */
export function callForm(tool: ToolName = 'bash'): string {
  return renderToolCall(EXAMPLES[tool]);
}

const EXAMPLES: Readonly<Record<ToolName, ToolCall>> = {
  bash: { tool: 'bash', command: 'git status --short' },
  edit: { tool: 'edit', path: '/path/to/file', search: 'the lines to find', replace: 'the lines to put there' },
  create: { tool: 'create', path: '/path/to/file', content: 'the whole text\n' },
  submit: { tool: 'submit', paths: ['/path/to/file'] },
};

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
