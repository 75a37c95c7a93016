import type { Publication } from '../../domain/training/publication.ts';
import type { HttpAnswer } from '../../http/exchange.ts';
import type { PolicyReply, Sampling } from '../policy.ts';

/** One kind of server that takes a prompt in tokens: how it is asked, and how it answers. */
export interface TokenServer {
  readonly url: URL;
  /** To be sent as JSON. */
  body(question: TokenQuestion): object;
  /**
   * The reply that an answer with status 200 holds; undefined when it holds none, or one that the server broke off. It is
   * of the weights that were asked for, unless the server says others.
   *
   * @throws PolicyRequestRejectedError when the server samples and does not say which tokens.
   */
  read(answer: HttpAnswer, publication: Publication | undefined): TokenReply | undefined;
}

export interface TokenQuestion {
  readonly prompt: readonly number[];
  readonly sampling: Sampling;
  readonly seed: number;
  /** A reply ends with this token. */
  readonly endOfTurn: number;
  readonly publication: Publication | undefined;
}

export interface TokenReply {
  /** Where the server says what it has read. */
  readonly prompt?: readonly number[] | undefined;
  /** With the token that ended the reply. */
  readonly completion: readonly number[];
  readonly logprobs: readonly number[];
  readonly finish: PolicyReply['finish'];
  readonly policyVersion: number;
}

/** All that is not the temperature or top-p of the configuration is off: the trainer knows of no other distribution. */
export const PLAIN_SAMPLING = { top_k: -1, min_p: 0, repetition_penalty: 1 } as const;
