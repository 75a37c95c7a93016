import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { TrainerRefusedError } from '../../domain/failure/errors.ts';
import { isThere, readIfThere, writeDurably } from '../durable-file.ts';

/** prime-rl's `output_dir`, and in it a folder of ours that says whose it is. */
export interface RunDirectory {
  readonly rollouts: (step: number) => string;
  readonly broadcast: (step: number) => string;
  /** Refuses a directory that another run has written into. */
  claim(runId: string): Promise<void>;
  /** Whether these are the step's rollouts as they were begun before; notes that they are, where none were. */
  beginStep(step: number, note: string): Promise<void>;
  /** Takes away what was written of later steps, by us or by the trainer. */
  removeStepsAfter(step: number): Promise<void>;
}

export function openRunDirectory(outputDirectory: string): RunDirectory {
  const ours = join(outputDirectory, 'selfplay');
  const rollouts = (step: number) => join(outputDirectory, 'rollouts', `step_${step}`);
  const broadcast = (step: number) => join(outputDirectory, 'broadcasts', `step_${step}`);
  return {
    rollouts,
    broadcast,
    claim: async (runId) => {
      // Not the directory itself: one that is missing is not mounted.
      if (!(await isThere(ours))) await mkdir(ours);
      await agree(join(ours, 'run.json'), JSON.stringify({ format: 'prime-rl-run-1', runId }));
    },
    beginStep: async (step, note) => {
      const path = join(ours, `step_${step}.json`);
      if ((await readIfThere(path)) === undefined && (await isThere(join(broadcast(step), 'STABLE'))))
        throw new TrainerRefusedError(
          `${broadcast(step)} has weights of a step whose rollouts were never written: they are of an earlier use of ${outputDirectory}. Give each run an output_dir of its own.`,
        );
      await agree(path, note);
      await mkdir(rollouts(step), { recursive: true });
    },
    removeStepsAfter: async (step) => {
      // The notes last: what is left over of an interrupted removal is still known for ours.
      for (const folder of [join(outputDirectory, 'rollouts'), join(outputDirectory, 'broadcasts'), ours])
        for (const name of await namesIn(folder))
          if (stepOf(name) > step) await rm(join(folder, name), { recursive: true, force: true });
    },
  };
}

/** Writes the text where there is none; another one that is there belongs to somebody else. */
async function agree(path: string, text: string): Promise<void> {
  const written = await readIfThere(path);
  if (written === undefined) return writeDurably(path, (file) => file.writeFile(text));
  if (written !== text)
    throw new TrainerRefusedError(
      `${path} says ${written}, and what is to be trained is ${text}. Give each run an output_dir of its own, and keep ranks and seq_len as the run began with them.`,
    );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await isThere(folder)) ? readdir(folder) : [];
}

/** `step_12`, `step_12.json`; -1 of any other name. */
function stepOf(name: string): number {
  const step = /^step_(\d+)(?:\.json)?$/.exec(name)?.[1];
  return step === undefined ? -1 : Number(step);
}
