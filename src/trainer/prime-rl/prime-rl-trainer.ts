import { join } from 'node:path';
import { z } from 'zod';

import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import type { DirectoryPublication } from '../../domain/training/publication.ts';
import { isThere, onShare } from '../durable-file.ts';
import { readKept } from '../read-kept.ts';
import type { Trainer, TrainerCall, TrainingStep } from '../trainer.ts';
import { waitUntil } from '../wait-until.ts';
import { rankFile, writeRankFiles, type RankLayout } from './rank-files.ts';
import { openRunDirectory, type RunDirectory } from './run-directory.ts';

export interface PrimeRlTrainerOptions extends RankLayout {
  /** The trainer's `output_dir`, on a file system that it shares with us and with the inference servers. */
  readonly outputDirectory: string;
  /** Where it keeps its checkpoints; `checkpoints` in the output directory unless it is told otherwise. */
  readonly checkpointDirectory?: string | undefined;
  readonly lookEveryMs?: number | undefined;
}

// Looking costs one system call, and a step takes minutes.
const LOOK_EVERY_MS = 1000;

const sessionSchema = z.object({
  trainer: z.literal('prime-rl'),
  runId: z.string(),
  /** How many steps it has trained: its own numbers have no gaps, where a run's steps may be empty. */
  trained: z.int().nonnegative(),
});
type PrimeRlSession = z.infer<typeof sessionSchema>;

/**
 * prime-rl's stand-alone trainer (v0.8.0) through its file system transport (docs/training.md#prime-rl): rollouts go
 * into `rollouts/step_<N>/rank_<R>.bin`, weights come out of `broadcasts/step_<N>/` when `STABLE` is there.
 *
 * The trainer is a process of its own that somebody starts, with its loss, its optimizer and how often it keeps a
 * checkpoint; those of the manifest are not sent. A call that is made again finds the step's note, writes what is
 * missing with the same bytes, and waits. A checkpoint is prime-rl's own of that step, and is waited for. To go on from
 * one, the trainer is started again with `--resume`; here everything of later steps is taken away, so that its old
 * weights are not taken for new ones, and rollouts are written again.
 */
export function createPrimeRlTrainer(options: PrimeRlTrainerOptions): Trainer {
  const { outputDirectory, checkpointDirectory = join(outputDirectory, 'checkpoints') } = options;
  const directory = openRunDirectory(outputDirectory);
  const everyMs = options.lookEveryMs ?? LOOK_EVERY_MS;
  // torch.distributed.checkpoint writes it last.
  const checkpointEnd = (step: number) => join(checkpointDirectory, `step_${step}`, 'trainer', '.metadata');
  return {
    name: 'prime-rl',
    takes: 'tokens',
    open: async (runId) => {
      await onShare(`begin a run in ${outputDirectory}`, () => directory.claim(runId));
      return { trainer: 'prime-rl', runId, trained: 0 } satisfies PrimeRlSession;
    },
    resume: async (runId, checkpoint) => {
      const session = { ...primeRlSession(checkpoint), runId };
      await onShare(`go on from step ${session.trained} in ${outputDirectory}`, async () => {
        await directory.claim(runId);
        if (session.trained > 0 && !(await isThere(checkpointEnd(session.trained))))
          throw new TrainerRefusedError(
            `prime-rl's checkpoint of step ${session.trained} is gone: ${checkpointEnd(session.trained)} is not there. Let it keep more of them (ckpt.keep_last).`,
          );
        await directory.removeStepsAfter(session.trained);
      });
      return session;
    },
    trainStep: async (session, step, call) => {
      const before = primeRlSession(session);
      const trained = before.trained + 1;
      await onShare(`write rollouts of step ${trained} into ${outputDirectory}`, () =>
        emitStep(directory, { step, number: trained, layout: options, signal: call.signal }),
      );
      await waitForBroadcast(directory, trained, { ...call, everyMs });
      return { session: { ...before, trained } satisfies PrimeRlSession, metrics: {} };
    },
    checkpoint: async (session, _step, call) => {
      const kept = primeRlSession(session);
      const end = checkpointEnd(kept.trained);
      // It begins with the weights that it is started with: there is nothing to keep yet.
      const found = async () =>
        kept.trained === 0 || (await onShare(`look for ${end}`, () => isThere(end))) ? true : undefined;
      await waitUntil(found, { ...call, everyMs, what: `prime-rl's checkpoint ${end} (ckpt.interval decides)` });
      return { session, kept };
    },
    publish: async (session, version, call) => {
      const { trained } = primeRlSession(session);
      const kind = await waitForBroadcast(directory, trained, { ...call, everyMs });
      return { session, kept: { kind, version, directory: directory.broadcast(trained) } };
    },
    // How many of its checkpoints prime-rl keeps, it is told itself (ckpt.keep_last).
    removeCheckpoint: () => Promise.resolve(),
  };
}

async function emitStep(
  directory: RunDirectory,
  {
    step: { manifest, manifestSha256, sequences },
    number,
    layout: { ranks, sequenceTokens, padToMultipleOf },
    signal,
  }: { step: TrainingStep; number: number; layout: RankLayout; signal: AbortSignal },
): Promise<void> {
  if (manifest.objective.loss === 'cross_entropy')
    throw new TrainerRefusedError('prime-rl is sent rollouts of reinforcement learning here, none for cross_entropy');
  const layout = { ranks, sequenceTokens, padToMultipleOf };
  const of = { runId: manifest.runId, step: manifest.step, manifestSha256 };
  await directory.beginStep(number, JSON.stringify({ format: 'prime-rl-step-1', ...of, ...layout }));
  // It may have trained on them, and taken them away.
  if (await isThere(join(directory.broadcast(number), 'STABLE'))) return;
  const folder = directory.rollouts(number);
  const written = await Promise.all(Array.from({ length: ranks }, (_, rank) => isThere(rankFile(folder, rank))));
  if (!written.every(Boolean)) await writeRankFiles(folder, sequences(), { layout, signal });
}

/** Whether the weights of a step are whole or a LoRA adapter, once they are there. */
function waitForBroadcast(
  directory: RunDirectory,
  step: number,
  wait: TrainerCall & { readonly everyMs: number },
): Promise<DirectoryPublication['kind']> {
  const folder = directory.broadcast(step);
  const look = () =>
    onShare(`look for weights in ${folder}`, async () => {
      if (!(await isThere(join(folder, 'STABLE')))) return undefined;
      return (await isThere(join(folder, 'adapter_config.json'))) ? 'lora' : 'weights';
    });
  return waitUntil(look, { ...wait, what: `prime-rl's weights of step ${step} (${folder}/STABLE)` });
}

function primeRlSession(kept: unknown): PrimeRlSession {
  return readKept(sessionSchema, kept, 'prime-rl');
}
