import type { Datum, ForwardBackwardResult } from '../../tinker/wire/tinker-shapes.ts';

export interface StepMetrics {
  add(data: readonly Datum[], result: ForwardBackwardResult): void;
  read(): Readonly<Record<string, number>>;
}

/**
 * What a step's requests say together. A server's metric is summed, or the largest or smallest, where its name ends so
 * (`total_loss:sum`); any other is the mean over the rows.
 *
 * `logprob_gap` is the adapter's own: log-probability when sampled minus that of the trainer, over the trained tokens. A
 * gap that is far from 0 before the first step means that sampler and trainer hold different weights or read different
 * tokens.
 */
export function createStepMetrics(): StepMetrics {
  const values = new Map<string, { value: number; rows: number }>();
  const gap = { tokens: 0, sum: 0, absolute: 0 };
  return {
    add(data, { outputs, metrics }) {
      for (const [name, value] of Object.entries(metrics)) {
        if (!Number.isFinite(value)) continue;
        const before = values.get(name);
        const merged = before === undefined ? value : merge(name, before, { value, rows: data.length });
        values.set(name, { value: merged, rows: (before?.rows ?? 0) + data.length });
      }
      for (const [index, datum] of data.entries()) {
        const sampled = datum.lossInputs.logprobs?.data;
        const logprobs = outputs[index]?.logprobs;
        if (sampled === undefined || logprobs === undefined) continue;
        for (const position of trainedPositions(datum)) {
          const difference = (sampled[position] ?? Number.NaN) - (logprobs[position] ?? Number.NaN);
          if (!Number.isFinite(difference)) continue;
          gap.tokens += 1;
          gap.sum += difference;
          gap.absolute += Math.abs(difference);
        }
      }
    },
    read: () => ({
      ...Object.fromEntries([...values].map(([name, { value }]) => [name, value])),
      ...(gap.tokens === 0
        ? {}
        : { 'logprob_gap:mean': gap.sum / gap.tokens, 'logprob_gap:mean_absolute': gap.absolute / gap.tokens }),
    }),
  };
}

interface Measured {
  readonly value: number;
  readonly rows: number;
}

function merge(name: string, before: Measured, after: Measured): number {
  if (name.endsWith(':sum')) return before.value + after.value;
  if (name.endsWith(':max')) return Math.max(before.value, after.value);
  if (name.endsWith(':min')) return Math.min(before.value, after.value);
  return (before.value * before.rows + after.value * after.rows) / (before.rows + after.rows);
}

/** A row whose trained tokens have no log-probability any more: what the model says is no number. */
export function isPoisoned(data: readonly Datum[], { outputs }: ForwardBackwardResult): boolean {
  return data.some((datum, index) => {
    const logprobs = outputs[index]?.logprobs;
    return logprobs !== undefined && trainedPositions(datum).some((position) => Number.isNaN(logprobs[position]));
  });
}

function trainedPositions({ lossInputs }: Datum): number[] {
  const marks = (lossInputs.weights ?? lossInputs.advantages)?.data ?? [];
  return [...marks.keys()].filter((index) => marks[index] !== 0);
}
