import type { InjectionStrategy } from '../record/ledger-rows.ts';
import { weightedChoice } from '../draw/seeded-draw.ts';

/** How often each strategy is drawn, relative to the others (docs/specification.md#strategies). */
export type StrategyMix = Readonly<Record<InjectionStrategy, number>>;

/** The strategy that a draw in [0, 1) gives (docs/specification.md#strategies). */
export function injectionStrategy(draw: number, mix: StrategyMix): InjectionStrategy {
  return weightedChoice(draw, [
    { value: 'removal', weight: mix.removal },
    { value: 'history', weight: mix.history },
    { value: 'direct', weight: mix.direct },
  ]);
}
