/**
 * A sixteenth of the default context, some 700 lines of source: whoever needs more of a file asks for the next part, and
 * no single `cat` takes what the rest of the work needs (docs/decisions/2026-11-30-tool-results-of-8192-tokens.md). The
 * embedded policy has no context to fill, and takes what is cut out of a file for a file without it.
 */
export const OUTPUT_TOKENS = { server: 8192, embedded: 32_768 } as const;

/** The most tokens of one tool result that the agent is shown. */
export function outputTokensOf({
  rollout,
  policy,
}: {
  readonly rollout: { readonly outputTokens?: number | undefined };
  readonly policy: { readonly kind: string };
}): number {
  return rollout.outputTokens ?? OUTPUT_TOKENS[policy.kind === 'embedded' ? 'embedded' : 'server'];
}
