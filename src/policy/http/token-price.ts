/** What a model costs, in dollars. */
export interface TokenPrice {
  readonly promptUsdPerMillion: number;
  readonly completionUsdPerMillion: number;
}

export function costUsd(
  { promptUsdPerMillion, completionUsdPerMillion }: TokenPrice,
  tokens: { readonly promptTokens: number; readonly completionTokens: number },
): number {
  return (tokens.promptTokens * promptUsdPerMillion + tokens.completionTokens * completionUsdPerMillion) / 1_000_000;
}
