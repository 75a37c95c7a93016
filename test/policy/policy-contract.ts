import { describe, expect, it } from 'vitest';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../src/domain/failure/errors.ts';
import type { Policy, PolicyRequest } from '../../src/policy/policy.ts';

/** What the world behind the policy does on one call. */
export type PolicyStep =
  | { readonly step: 'reply'; readonly text: string; readonly finish?: 'stop' | 'length' | 'content-filter' }
  | { readonly step: 'context-exceeded' }
  | { readonly step: 'unavailable'; readonly retryAfterMs: number }
  | { readonly step: 'rejected' }
  | { readonly step: 'hang' };

export interface PolicyUnderTest extends AsyncDisposable {
  readonly policy: Policy;
  /** Calls that reached the world behind the policy. */
  calls(): number;
}

export const aRequest: PolicyRequest = {
  role: 'solver',
  messages: [
    { role: 'system', content: 'You repair code.' },
    { role: 'user', content: 'Tests fail. `ünïcode` \u{1f40d}\nsecond line' },
  ],
  sampling: { temperature: 1, topP: 0.95, maxTokens: 512 },
  seed: 7,
};

/**
 * What every policy owes its callers (src/policy/policy.ts). `prepare` makes one in a world that repeats the step; `ends`
 * are the ways beside its own end in which a reply can end there.
 */
export function describePolicyContract(
  name: string,
  prepare: (step: PolicyStep) => Promise<PolicyUnderTest>,
  { ends = ['length', 'content-filter'] }: { readonly ends?: readonly ('length' | 'content-filter')[] } = {},
): void {
  const patient = () => new AbortController().signal;

  describe(`policy contract: ${name}`, () => {
    it('answers with the text as it was sampled', async () => {
      const text = '  I look.\n<tool: bash>\nls "$HOME" \u{1f40d}\n</tool>\n';
      await using world = await prepare({ step: 'reply', text });
      const reply = await world.policy.sample(aRequest, { signal: patient() });
      expect(reply).toMatchObject({ text, finish: 'stop' });
    });

    it('has a name', async () => {
      await using world = await prepare({ step: 'hang' });
      expect(world.policy.name).not.toBe('');
    });

    it('counts usage and names the version of the weights', async () => {
      await using world = await prepare({ step: 'reply', text: 'done' });
      const { usage, policyVersion } = await world.policy.sample(aRequest, { signal: patient() });
      expect(usage.promptTokens).toBeGreaterThan(0);
      expect(usage.completionTokens).toBeGreaterThan(0);
      expect(usage.costUsd).toBeGreaterThanOrEqual(0);
      expect(Number.isInteger(policyVersion)).toBe(true);
    });

    it('gives a reply that a journal can hold', async () => {
      await using world = await prepare({ step: 'reply', text: 'done' });
      const reply = await world.policy.sample(aRequest, { signal: patient() });
      expect(JSON.parse(JSON.stringify(reply))).toEqual(reply);
    });

    it.each(ends)('says that a reply ended by %s', async (finish) => {
      await using world = await prepare({ step: 'reply', text: 'I was about to', finish });
      expect(await world.policy.sample(aRequest, { signal: patient() })).toMatchObject({ finish });
    });

    it('treats an empty reply as a value', async () => {
      await using world = await prepare({ step: 'reply', text: '' });
      expect(await world.policy.sample(aRequest, { signal: patient() })).toMatchObject({ text: '', finish: 'stop' });
    });

    it('treats a full context as a value', async () => {
      await using world = await prepare({ step: 'context-exceeded' });
      const reply = await world.policy.sample(aRequest, { signal: patient() });
      expect(reply).toMatchObject({ text: '', finish: 'context-exceeded' });
      expect(reply.tokens).toBeUndefined();
    });

    it('says when to ask again when it is unavailable', async () => {
      await using world = await prepare({ step: 'unavailable', retryAfterMs: 90_000 });
      const failure = await failureOf(world.policy.sample(aRequest, { signal: patient() }));
      expect(failure).toBeInstanceOf(PolicyUnavailableError);
      expect(failure).toMatchObject({ name: 'PolicyUnavailableError', retryAfterMs: 90_000 });
    });

    it('tells a request that will never be answered apart', async () => {
      await using world = await prepare({ step: 'rejected' });
      expect(await failureOf(world.policy.sample(aRequest, { signal: patient() }))).toBeInstanceOf(
        PolicyRequestRejectedError,
      );
    });

    it('asks nothing once it is aborted', async () => {
      await using world = await prepare({ step: 'reply', text: 'done' });
      const reason = new Error('fenced');
      expect(await failureOf(world.policy.sample(aRequest, { signal: AbortSignal.abort(reason) }))).toBe(reason);
      expect(world.calls()).toBe(0);
    });

    it.each([new Error('cancelled'), 'cancelled'])(
      'rejects with the reason of an abort in mid-call: %o',
      async (reason) => {
        await using world = await prepare({ step: 'hang' });
        const controller = new AbortController();
        const failure = failureOf(world.policy.sample(aRequest, { signal: controller.signal }));
        await expect.poll(() => world.calls()).toBe(1);
        controller.abort(reason);
        expect(await failure).toBe(reason);
      },
    );

    it('serves many rollouts at once', async () => {
      await using world = await prepare({ step: 'reply', text: 'done' });
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, seed) => world.policy.sample({ ...aRequest, seed }, { signal: patient() })),
      );
      expect(replies.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, () => 'done'));
    });

    it('gives one log-probability for each token, or no tokens', async () => {
      await using world = await prepare({ step: 'reply', text: 'done' });
      const { tokens } = await world.policy.sample(aRequest, { signal: patient() });
      expect(tokens?.completion.length).toBe(tokens?.logprobs.length);
    });
  });
}

/** What the promise rejects with; fails when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}
