/** One choice of a log-linear policy: a feature vector for each candidate, the index chosen, its log-probability. */
export interface Decision {
  readonly name: string;
  readonly candidates: readonly (readonly number[])[];
  readonly chosen: number;
  readonly logprob: number;
}
