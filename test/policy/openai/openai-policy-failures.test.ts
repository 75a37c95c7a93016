import { describe, expect, it } from 'vitest';

import { PolicyRequestRejectedError, PolicyUnavailableError } from '../../../src/domain/failure/errors.ts';
import { choiceOf, completionBody, startFakeChatServer, type Play } from '../../support/fake-chat-server.ts';
import { answer, aPolicy, patient } from './openai-fixtures.ts';
import { aRequest, failureOf } from '../policy-contract.ts';

const apiKey = 'sk-secret-0123456789';

describe('openai policy: retries', () => {
  it.each([
    ['408', { play: 'answer', status: 408, body: 'slow' }],
    ['409', { play: 'answer', status: 409, body: 'conflict' }],
    ['429', { play: 'answer', status: 429, body: 'full', headers: { 'retry-after': '0' } }],
    ['500', { play: 'answer', status: 500, body: '<html>oops</html>' }],
    ['503', { play: 'answer', status: 503, body: 'loading' }],
    ['a reset connection', { play: 'reset' }],
    ['a connection that breaks in mid-answer', { play: 'reset-in-body', body: completionBody('done') }],
    ['broken JSON', { play: 'answer', body: '{"choices": [' }],
    ['HTML with status 200', { play: 'answer', body: '<html>log in</html>' }],
    ['an error with status 200', { play: 'answer', body: { error: { message: 'upstream died', code: 502 } } }],
    ['no choice', { play: 'answer', body: completionBody('', { choices: [] }) }],
    [
      'an aborted generation',
      { play: 'answer', body: completionBody('', { choices: [choiceOf('half', { finish_reason: 'abort' })] }) },
    ],
  ] satisfies [string, Play][])('asks again after %s', async (_what, play) => {
    await using server = await startFakeChatServer([play, play, answer(completionBody('done'))]);
    expect((await aPolicy(server).sample(aRequest, { signal: patient() })).text).toBe('done');
    expect(server.received).toHaveLength(3);
  });

  it('sends the same request each time', async () => {
    await using server = await startFakeChatServer([{ play: 'reset' }, answer(completionBody('done'))]);
    await aPolicy(server).sample(aRequest, { signal: patient() });
    expect(server.received[1]?.body).toEqual(server.received[0]?.body);
  });

  it('gives up after the bounded retries and says what was tried and what came back', async () => {
    await using server = await startFakeChatServer([
      { play: 'answer', status: 503, body: { error: { message: 'loading weights' } } },
    ]);
    const failure = await failureOf(aPolicy(server, { retries: 2 }).sample(aRequest, { signal: patient() }));
    expect(server.received).toHaveLength(3);
    expect(failure).toMatchObject({
      name: 'PolicyUnavailableError',
      message: `attempt 3 of 3: POST ${server.baseUrl}/chat/completions (model test-model) answered 503: loading weights`,
    });
  });

  it('says so when nobody listens', async () => {
    const server = await startFakeChatServer([]);
    await server[Symbol.asyncDispose]();
    const failure = await failureOf(aPolicy(server).sample(aRequest, { signal: patient() }));
    expect(failure).toBeInstanceOf(PolicyUnavailableError);
    expect(String(failure)).toContain('ECONNREFUSED');
  });

  it('waits as long as Retry-After says before it asks again', async () => {
    const full: Play = { play: 'answer', status: 429, body: 'full', headers: { 'retry-after': '0.3' } };
    await using server = await startFakeChatServer([full, answer(completionBody('done'))]);
    const start = performance.now();
    await aPolicy(server).sample(aRequest, { signal: patient() });
    expect(performance.now() - start).toBeGreaterThan(290);
  });

  it('understands a date in Retry-After, and leaves a long wait to its caller', async () => {
    const date = new Date(Date.now() + 120_000).toUTCString();
    await using server = await startFakeChatServer([
      { play: 'answer', status: 429, body: 'full', headers: { 'retry-after': date } },
    ]);
    const failure = await failureOf(aPolicy(server).sample(aRequest, { signal: patient() }));
    expect(server.received).toHaveLength(1);
    if (!(failure instanceof PolicyUnavailableError)) throw failure;
    expect(failure.retryAfterMs).toBeGreaterThan(110_000);
    expect(failure.retryAfterMs).toBeLessThanOrEqual(120_000);
  });

  it('caps an absurd Retry-After and ignores an unreadable one', async () => {
    await using absurd = await startFakeChatServer([
      { play: 'answer', status: 429, body: '', headers: { 'retry-after': '1e12' } },
    ]);
    expect(await failureOf(aPolicy(absurd).sample(aRequest, { signal: patient() }))).toMatchObject({
      retryAfterMs: 3_600_000,
    });
    await using unreadable = await startFakeChatServer([
      { play: 'answer', status: 429, body: '', headers: { 'retry-after': 'soon' } },
      answer(completionBody('done')),
    ]);
    expect((await aPolicy(unreadable).sample(aRequest, { signal: patient() })).text).toBe('done');
  });
});

describe('openai policy: refusals', () => {
  it.each([
    [
      'OpenAI and vLLM',
      { error: { message: 'no such model', type: 'NotFoundError', code: 404 } },
      'no such model (NotFoundError)',
    ],
    ['older vLLM and SGLang', { object: 'error', message: 'no such model', code: 404 }, 'no such model'],
    ['proxies', { error: 'no such model' }, 'no such model'],
    [
      'FastAPI',
      { detail: [{ loc: ['body', 'seed'], msg: 'too large' }] },
      '[{"loc":["body","seed"],"msg":"too large"}]',
    ],
    ['plain text', 'not here\n\n  at all', 'not here at all'],
  ])('are not repeated and carry the message of %s', async (_server, body, message) => {
    await using server = await startFakeChatServer([{ play: 'answer', status: 404, body }]);
    const failure = await failureOf(aPolicy(server).sample(aRequest, { signal: patient() }));
    expect(failure).toBeInstanceOf(PolicyRequestRejectedError);
    expect(String(failure).split(' answered 404: ')[1]).toBe(message);
    expect(server.received).toHaveLength(1);
  });

  it('never show the key, even when the server repeats it, nor a page of text', async () => {
    const body = `${'x'.repeat(490)} bad key ${apiKey} ${'y'.repeat(10_000)}`;
    await using server = await startFakeChatServer([{ play: 'answer', status: 401, body }]);
    const failure = await failureOf(aPolicy(server, { apiKey }).sample(aRequest, { signal: patient() }));
    expect(String(failure)).toContain('answered 401');
    expect(String(failure)).not.toContain('sk-secret');
    expect(String(failure).length).toBeLessThan(800);
  });

  it('do not show a password in the address', async () => {
    await using server = await startFakeChatServer([{ play: 'answer', status: 401, body: 'no' }]);
    const baseUrl = server.baseUrl.replace('http://', 'http://user:hunter2@');
    expect(String(await failureOf(aPolicy(server, { baseUrl }).sample(aRequest, { signal: patient() })))).not.toContain(
      'hunter2',
    );
  });

  it('name the target of a redirection', async () => {
    await using server = await startFakeChatServer([
      { play: 'answer', status: 308, body: '', headers: { location: 'https://example.com/v2' } },
    ]);
    const failure = await failureOf(aPolicy(server).sample(aRequest, { signal: patient() }));
    expect(failure).toBeInstanceOf(PolicyRequestRejectedError);
    expect(String(failure)).toContain('https://example.com/v2');
  });

  it('include a key that no header can hold', async () => {
    await using server = await startFakeChatServer([answer(completionBody('done'))]);
    const failure = await failureOf(aPolicy(server, { apiKey: 'two\nlines' }).sample(aRequest, { signal: patient() }));
    expect(failure).toBeInstanceOf(PolicyRequestRejectedError);
    expect(String(failure)).not.toContain('lines');
  });
});
