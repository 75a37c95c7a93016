import type { ForwardBackward, LossFn } from '../wire/tinker-shapes.ts';

/** One token under a loss: its logprob now and when sampled, its advantage, its weight. */
export interface FakeToken {
  readonly logprob: number;
  readonly sampled: number;
  readonly advantage: number;
  readonly weight: number;
}

/** The loss of one token, and its derivative by the log-probability (recorded on SkyRL: the loss is times the weight). */
export function fakeLoss(
  lossFn: LossFn,
  { logprob, sampled, advantage, weight }: FakeToken,
  config: ForwardBackward['lossConfig'] = {},
): { readonly loss: number; readonly slope: number } {
  if (lossFn === 'cross_entropy') return { loss: -logprob * weight, slope: -weight };
  const ratio = Math.exp(logprob - sampled);
  const unclipped = ratio * advantage;
  if (lossFn === 'importance_sampling') return { loss: -unclipped * weight, slope: -unclipped * weight };
  const clippedRatio = Math.min(Math.max(ratio, config.clip_low_threshold ?? 0.8), config.clip_high_threshold ?? 1.2);
  const clipped = clippedRatio * advantage;
  if (lossFn === 'cispo') return { loss: -clipped * logprob * weight, slope: -clipped * weight };
  const slope = unclipped <= clipped ? -unclipped : 0;
  return { loss: -Math.min(unclipped, clipped) * weight, slope: slope * weight };
}
