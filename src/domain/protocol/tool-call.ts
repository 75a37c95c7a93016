/** What an agent may ask for, one call a turn (docs/specification.md#agent). */
export type ToolCall =
  | { readonly tool: 'bash'; readonly command: string }
  | { readonly tool: 'edit'; readonly path: string; readonly search: string; readonly replace: string }
  | { readonly tool: 'create'; readonly path: string; readonly content: string }
  | { readonly tool: 'submit'; readonly paths: readonly string[] };

export type ToolName = ToolCall['tool'];

export const TOOL_NAMES = ['bash', 'edit', 'create', 'submit'] as const satisfies readonly ToolName[];

export function isToolName(name: string): name is ToolName {
  return TOOL_NAMES.some((known) => known === name);
}

/** The tool that a text names first, in whatever case. */
export function toolNamedIn(text: string): ToolName | undefined {
  const name = /\b(?:bash|edit|create|submit)\b/i.exec(text)?.[0].toLowerCase() ?? '';
  return isToolName(name) ? name : undefined;
}
