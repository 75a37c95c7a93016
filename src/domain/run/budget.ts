/** What a run may use up; an absent limit is none. */
export interface Budget {
  readonly tokens?: number | undefined;
  readonly costUsd?: number | undefined;
  readonly hours?: number | undefined;
}

/**
 * Why a run is to be drained, in words; undefined while it is within its budget (docs/specification.md#durability: it
 * drains, it never crashes).
 */
export function budgetProblem(budget: Budget, used: Required<Budget>): string | undefined {
  const limits = [
    { name: 'tokens', limit: budget.tokens, spent: used.tokens },
    { name: 'cost in USD', limit: budget.costUsd, spent: used.costUsd },
    { name: 'hours', limit: budget.hours, spent: used.hours },
  ];
  const exceeded = limits.find(({ limit, spent }) => limit !== undefined && (spent ?? 0) >= limit);
  return exceeded && `the budget of ${exceeded.limit ?? 0} ${exceeded.name} is used up`;
}
