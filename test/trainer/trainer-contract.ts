import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TrainerLostError, TrainerRefusedError, TrainerUnavailableError } from '../../src/domain/failure/errors.ts';
import type { Publication } from '../../src/domain/training/publication.ts';
import type { Trainer, TrainerSession, TrainingStep } from '../../src/trainer/trainer.ts';
import { aTrainerCall } from './a-training-step.ts';

/** What the suite needs to know of an adapter and of what stands behind it. */
export interface TrainerHost extends AsyncDisposable {
  /** Another adapter, as of another process, with the same server or store behind it. */
  createTrainer(): Trainer;
  /** Steps 1 and 2 differ and both move the weights; 0 has no sequences. */
  aStep(step: number): TrainingStep;
  /** The weights that were published last, as anything that can be compared. */
  weightsOf(publication: Publication): Promise<unknown>;
  /** Takes the models of all sessions away. */
  lose(): Promise<void>;
  /** Makes the next step find nobody who answers. */
  interrupt(): Promise<void>;
}

/** What can become of an adapter's session: not all have a server that can be lost or out of reach. */
export interface TrainerFeatures {
  readonly losable: boolean;
  readonly interruptible: boolean;
  /** What stands behind it is one run's only. */
  readonly ofOneRun?: boolean;
  /** Checkpoints are kept and removed by what stands behind it. */
  readonly keepsItsCheckpoints?: boolean;
  /** For what hangs, where what stands behind it is slow. */
  readonly timeoutMs?: number;
}

const HANGING_MS = 60_000;

/** What every adapter of the trainer port does. */
export function describeTrainerContract(
  name: string,
  features: TrainerFeatures,
  makeHost: () => Promise<TrainerHost>,
): void {
  describe(`${name} keeps the contract of trainers`, { timeout: features.timeoutMs ?? HANGING_MS }, () => {
    let host: TrainerHost;
    let trainer: Trainer;
    const call = aTrainerCall();
    const published = async (session: TrainerSession, version: number) =>
      await host.weightsOf((await trainer.publish(session, version, call)).kept);

    beforeEach(async () => {
      host = await makeHost();
      trainer = host.createTrainer();
    });
    afterEach(async () => {
      await host[Symbol.asyncDispose]();
    }, features.timeoutMs ?? HANGING_MS);

    it('gives sessions, checkpoints and publications that are JSON', async () => {
      const opened = await trainer.open('run', call);
      const { session, metrics } = await trainer.trainStep(opened, host.aStep(1), call);
      const { kept: checkpoint } = await trainer.checkpoint(session, 1, call);
      const { kept: publication } = await trainer.publish(session, 1, call);
      const values = [opened, session, metrics, checkpoint, publication];
      expect(JSON.parse(JSON.stringify(values))).toEqual(values);
    });

    it('moves the weights with a step, and publishes them as the version that it is told', async () => {
      const before = await trainer.publish(await trainer.open('run', call), 0, call);
      const weights = await host.weightsOf(before.kept);
      const { session, metrics } = await trainer.trainStep(before.session, host.aStep(1), call);
      const after = await trainer.publish(session, 1, call);
      expect([before.kept.version, after.kept.version]).toEqual([0, 1]);
      expect(await host.weightsOf(after.kept)).not.toEqual(weights);
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    });

    it('steps once however often it is asked of one session, by whichever process', async () => {
      const opened = await trainer.open('run', call);
      const first = await trainer.trainStep(opened, host.aStep(1), call);
      const second = await host.createTrainer().trainStep(opened, host.aStep(1), call);
      expect(second).toEqual(first);
      if (features.ofOneRun) return;
      const control = await trainer.trainStep(await trainer.open('control', call), host.aStep(1), call);
      expect(await published(second.session, 1)).toEqual(await published(control.session, 1));
    });

    it('gives the same checkpoint and the same publication when it is asked again', async () => {
      const { session } = await trainer.trainStep(await trainer.open('run', call), host.aStep(1), call);
      const checkpoint = await trainer.checkpoint(session, 1, call);
      expect(await host.createTrainer().checkpoint(session, 1, call)).toEqual(checkpoint);
      const publication = await trainer.publish(checkpoint.session, 1, call);
      expect(await host.createTrainer().publish(checkpoint.session, 1, call)).toEqual(publication);
    });

    it('goes on from a checkpoint as if nothing had been, optimizer included', async () => {
      const first = await trainer.trainStep(await trainer.open('run', call), host.aStep(1), call);
      const { session, kept } = await trainer.checkpoint(first.session, 1, call);
      const second = await trainer.trainStep(session, host.aStep(2), call);
      const weights = await published(second.session, 2);

      const resumed = await host.createTrainer().resume('run', kept, call);
      const again = await trainer.trainStep(resumed, host.aStep(2), call);
      expect(again.metrics).toEqual(second.metrics);
      expect(await published(again.session, 2)).toEqual(weights);
    });

    it('goes on from one checkpoint more than once', async () => {
      const first = await trainer.trainStep(await trainer.open('run', call), host.aStep(1), call);
      const { kept } = await trainer.checkpoint(first.session, 1, call);
      const once = await trainer.trainStep(await trainer.resume('run', kept, call), host.aStep(2), call);
      const twice = await trainer.trainStep(await trainer.resume('run', kept, call), host.aStep(2), call);
      expect(twice.metrics).toEqual(once.metrics);
    });

    it('lets go of a checkpoint, also of one that is gone, and does not go on from it any more', async () => {
      const first = await trainer.trainStep(await trainer.open('run', call), host.aStep(1), call);
      const { session, kept } = await trainer.checkpoint(first.session, 1, call);
      await trainer.removeCheckpoint(session, kept, call);
      await trainer.removeCheckpoint(session, kept, call);
      if (features.keepsItsCheckpoints) return;
      await expect(trainer.resume('run', kept, call)).rejects.toThrow(TrainerRefusedError);
    });

    it('keeps a session alive, where that is needed', async () => {
      const session = await trainer.open('run', call);
      await trainer.keepAlive?.(session, call);
      expect(await trainer.trainStep(session, host.aStep(1), call)).toBeDefined();
    });

    it('refuses a session and a checkpoint of something else', async () => {
      await expect(trainer.trainStep({ other: 1 }, host.aStep(1), call)).rejects.toThrow(TrainerRefusedError);
      await expect(trainer.resume('run', { other: 1 }, call)).rejects.toThrow(TrainerRefusedError);
    });

    it('takes a step without sequences for a mistake of the caller', async () => {
      const session = await trainer.open('run', call);
      await expect(trainer.trainStep(session, host.aStep(0), call)).rejects.toThrow(RangeError);
    });

    it('ends with the reason of an abort', async () => {
      const session = await trainer.open('run', call);
      const reason = new Error('the worker stops');
      const aborted = aTrainerCall(AbortSignal.abort(reason));
      await expect(trainer.trainStep(session, host.aStep(1), aborted)).rejects.toBe(reason);
    });

    if (features.losable)
      it('says that a session is lost, and goes on from the last checkpoint', async () => {
        const first = await trainer.trainStep(await trainer.open('run', call), host.aStep(1), call);
        const { session, kept } = await trainer.checkpoint(first.session, 1, call);
        const second = await trainer.trainStep(session, host.aStep(2), call);
        await host.lose();
        await expect(trainer.trainStep(second.session, host.aStep(1), call)).rejects.toThrow(TrainerLostError);
        const resumed = await trainer.resume('run', kept, call);
        expect((await trainer.trainStep(resumed, host.aStep(2), call)).metrics).toEqual(second.metrics);
      });

    if (features.interruptible)
      it('says that nothing answers, and does the same call when it does again', async () => {
        const opened = await trainer.open('run', call);
        await host.interrupt();
        await expect(trainer.trainStep(opened, host.aStep(1), call)).rejects.toThrow(TrainerUnavailableError);
        const { session } = await trainer.trainStep(opened, host.aStep(1), call);
        await expect(published(session, 1)).resolves.toBeDefined();
      });
  });
}
