import { describe, expect, it } from 'vitest';

import { TrainerLostError, TrainerRefusedError, TrainerUnavailableError } from '../../../src/domain/failure/errors.ts';
import { aTrainerCall, aTrainingStep } from '../a-training-step.ts';
import { aRow, aTinkerStep, tinkerOnFake } from './tinker-on-fake.ts';

const call = aTrainerCall();

const eventually = (look: () => number) => expect.poll(look, { timeout: 240_000 });

describe.each([{ wire: 'json' }, { wire: 'protobuf' }] as const)('on a server that takes $wire', ({ wire }) => {
  it('a step whose answer is lost is repeated without stepping twice', async () => {
    const { fake, trainer } = await tinkerOnFake({ wire });
    await using _ = fake;
    const opened = await trainer.open('run', call);
    fake.plan('/optim_step', 'unanswered');
    await expect(trainer.trainStep(opened, aTinkerStep(1), call)).rejects.toThrow(TrainerUnavailableError);
    const repeated = await trainer.trainStep(opened, aTinkerStep(1), call);
    expect(fake.steps).toBe(1);
    expect(await trainer.trainStep(opened, aTinkerStep(1), call)).toEqual(repeated);
  });

  it('a request whose answer is lost adds its gradient once', async () => {
    const { fake, trainer } = await tinkerOnFake({ wire }, { retries: 2, firstBackoffMs: 1 });
    await using _ = fake;
    const control = await trainer.trainStep(await trainer.open('control', call), aTinkerStep(1), call);
    const opened = await trainer.open('run', call);
    fake.plan('/forward_backward', 'unanswered', { status: 500 });
    fake.plan('/retrieve_future', 'lost', { status: 500 }, { status: 408 });
    expect((await trainer.trainStep(opened, aTinkerStep(1), call)).metrics).toEqual(control.metrics);
  });

  it('a save whose answer is lost finds its own name, and gives the path', async () => {
    const { fake, trainer } = await tinkerOnFake({ wire });
    await using _ = fake;
    const { session } = await trainer.trainStep(await trainer.open('run', call), aTinkerStep(1), call);
    fake.plan('/save_weights', 'unanswered');
    fake.plan('/save_weights_for_sampler', 'unanswered');
    await expect(trainer.checkpoint(session, 1, call)).rejects.toThrow(TrainerUnavailableError);
    await expect(trainer.publish(session, 1, call)).rejects.toThrow(TrainerUnavailableError);
    expect((await trainer.checkpoint(session, 1, call)).kept.path).toMatch(/weights\/step-000001$/);
    expect((await trainer.publish(session, 1, call)).kept).toMatchObject({ version: 1 });
  });
});

it('what waits in the queue when the engine is killed is lost, and a save of it is never waited for without end', async () => {
  const { fake, trainer } = await tinkerOnFake({}, { longestSaveMs: 20 });
  await using _ = fake;
  const { session } = await trainer.trainStep(await trainer.open('run', call), aTinkerStep(1), call);
  fake.pauseEngine();
  const stepping = trainer.trainStep(session, aTinkerStep(2), call);
  const saving = trainer.checkpoint(session, 1, call);
  const ends = Promise.allSettled([stepping, saving]);
  await eventually(() => fake.received.filter(({ path }) => path === '/retrieve_future').length).toBeGreaterThan(6);
  fake.restart();
  expect(await ends).toMatchObject([
    { reason: expect.any(TrainerLostError) },
    { reason: expect.any(TrainerLostError) },
  ]);
  // Its name is taken, and nothing is behind it.
  await expect(trainer.checkpoint(session, 1, call)).rejects.toThrow('never begun');
});

it('a session that has expired is lost, however alive its heartbeats look', async () => {
  const { fake, trainer } = await tinkerOnFake();
  await using _ = fake;
  const { session } = await trainer.trainStep(await trainer.open('run', call), aTinkerStep(1), call);
  fake.expireSessions();
  await trainer.keepAlive?.(session, call);
  await expect(trainer.trainStep(session, aTinkerStep(2), call)).rejects.toThrow(TrainerLostError);
});

it('a long command is kept alive by heartbeats of its own', async () => {
  const { fake, trainer } = await tinkerOnFake({}, { heartbeatMs: 20 });
  await using _ = fake;
  const opened = await trainer.open('run', call);
  fake.pauseEngine();
  const stepping = trainer.trainStep(opened, aTinkerStep(1), call);
  await eventually(() => fake.received.filter(({ path }) => path === '/session_heartbeat').length).toBeGreaterThan(2);
  fake.resumeEngine();
  await expect(stepping).resolves.toBeDefined();
});

it('"not yet" is asked again, whichever way it is said', async () => {
  const { fake, trainer } = await tinkerOnFake({ notYet: 'try-again' });
  await using _ = fake;
  fake.pauseEngine();
  const opening = trainer.open('run', call);
  await eventually(() => fake.received.filter(({ path }) => path === '/retrieve_future').length).toBeGreaterThan(2);
  fake.resumeEngine();
  await expect(opening).resolves.toMatchObject({ nextSeqId: 1 });
});

it('a session that is kept twice with different steps is lost, not mixed up', async () => {
  const { fake, trainer } = await tinkerOnFake();
  await using _ = fake;
  const opened = await trainer.open('run', call);
  await trainer.trainStep(opened, aTinkerStep(1), call);
  await expect(trainer.trainStep(opened, aTinkerStep(2), call)).rejects.toThrow(TrainerLostError);
});

it('without a free slot for its model a run waits', async () => {
  const { fake, trainer } = await tinkerOnFake({ maxModels: 1 });
  await using _ = fake;
  await trainer.open('one', call);
  await expect(trainer.open('other', call)).rejects.toThrow(TrainerUnavailableError);
});

it('a run that resumes frees the slot of its former model', async () => {
  const { fake, trainer } = await tinkerOnFake({ maxModels: 1 });
  await using _ = fake;
  const { session } = await trainer.trainStep(await trainer.open('run', call), aTinkerStep(1), call);
  const { kept } = await trainer.checkpoint(session, 1, call);
  await expect(trainer.resume('run', kept, call)).resolves.toMatchObject({ nextSeqId: 2 });
});

it('a server that trains another model than it is asked for is refused', async () => {
  const { fake, trainer } = await tinkerOnFake({ baseModel: 'other' });
  await using _ = fake;
  await expect(trainer.open('run', call)).rejects.toThrow('the server trains other');
});

it('a format that the server does not take is refused, and the message says what to do', async () => {
  const { fake, trainer } = await tinkerOnFake({ wire: 'protobuf' }, { wire: 'json' });
  await using _ = fake;
  const opened = await trainer.open('run', call);
  await expect(trainer.trainStep(opened, aTinkerStep(1), call)).rejects.toThrow(/415.*configure it, or "auto"/);
});

it.each([
  ['an id outside the vocabulary', aRow('a', [1, 2, 16])],
  ['a log-probability that is no number', aRow('a', [1, 2, 3], { logprobs: [0, 0, Number.NaN] })],
  ['an advantage that is infinite as float32', aRow('a', [1, 2, 3], { advantage: 1e300 })],
])('%s is never sent', async (_name, row) => {
  const { fake, trainer } = await tinkerOnFake();
  await using _ = fake;
  const opened = await trainer.open('run', call);
  const step = aTrainingStep(1, [row]);
  await expect(trainer.trainStep(opened, step, call)).rejects.toThrow(TrainerRefusedError);
  const sent = fake.received.filter(({ path, body }) => path === '/forward_backward' && body.length > 2);
  expect(sent).toEqual([]);
});

it.each([
  { header: undefined, sent: { 'x-api-key': 'secret' } },
  { header: 'Authorization', sent: { authorization: 'Bearer secret' } },
])('a key goes out as $sent', async ({ header, sent }) => {
  const { fake, trainer } = await tinkerOnFake({}, { apiKey: 'secret\n', apiKeyHeader: header });
  await using _ = fake;
  await trainer.open('run', call);
  expect(fake.received[0]?.headers).toMatchObject(sent);
});
