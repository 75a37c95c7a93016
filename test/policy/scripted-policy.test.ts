import { describe, expect, it } from 'vitest';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../src/domain/failure/errors.ts';
import type { Message } from '../../src/policy/policy.ts';
import { createScriptedPolicy, type ScriptedReply } from '../../src/policy/scripted-policy.ts';
import { aRequest, describePolicyContract, failureOf, type PolicyStep } from './policy-contract.ts';

const signal = new AbortController().signal;

describePolicyContract('scripted', (step) => {
  let calls = 0;
  const script = () => {
    calls += 1;
    return step.step === 'hang' ? new Promise<never>(() => undefined) : scripted(step);
  };
  return Promise.resolve({
    policy: createScriptedPolicy({ injector: script, solver: script }),
    calls: () => calls,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

describe('scripted policy', () => {
  it('takes the turn from the transcript, so that a resumed rollout goes on in its place', async () => {
    const policy = createScriptedPolicy({ solver: ['first', 'second', 'third'] });
    const later: Message[] = [
      ...aRequest.messages,
      { role: 'assistant', content: 'first' },
      { role: 'user', content: 'result' },
    ];
    expect((await policy.sample({ ...aRequest, messages: later }, { signal })).text).toBe('second');
    expect((await policy.sample(aRequest, { signal })).text).toBe('first');
  });

  it('can answer by seed', async () => {
    const policy = createScriptedPolicy({ solver: ({ request }) => (request.seed % 2 === 0 ? 'even' : 'odd') });
    expect((await policy.sample({ ...aRequest, seed: 4 }, { signal })).text).toBe('even');
    expect((await policy.sample({ ...aRequest, seed: 5 }, { signal })).text).toBe('odd');
  });

  it('throws the errors that the script asks for', async () => {
    const down = new PolicyUnavailableError('down');
    const policy = createScriptedPolicy({ solver: [down] });
    expect(await failureOf(policy.sample(aRequest, { signal }))).toBe(down);
  });

  it('rejects a turn that the script does not have, and names it', async () => {
    const policy = createScriptedPolicy({ injector: ['only the injector speaks'] });
    const failure = await failureOf(policy.sample(aRequest, { signal }));
    expect(failure).toBeInstanceOf(PolicyRequestRejectedError);
    expect(failure).toMatchObject({ message: 'the script has no reply for turn 0 of the solver (seed 7)' });
  });
});

function scripted(step: Exclude<PolicyStep, { step: 'hang' }>): ScriptedReply {
  switch (step.step) {
    case 'reply':
      return { text: step.text, ...(step.finish === undefined ? {} : { finish: step.finish }) };
    case 'context-exceeded':
      return { text: '', finish: 'context-exceeded' };
    case 'unavailable':
      return new PolicyUnavailableError('full', { retryAfterMs: step.retryAfterMs });
    case 'rejected':
      return new PolicyRequestRejectedError('no such model');
  }
}
