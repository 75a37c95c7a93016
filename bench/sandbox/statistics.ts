/** One kind of work of one contestant, in milliseconds. */
export interface Figures {
  readonly runs: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  /** Processor time of everything that took part, engine included, for each run. */
  readonly cpuMs: number;
}

export function toFigures(times: readonly number[], cpuMs: number): Figures {
  const sorted = [...times].sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { runs: times.length, medianMs: rounded(at(0.5)), p90Ms: rounded(at(0.9)), cpuMs: rounded(cpuMs) };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
