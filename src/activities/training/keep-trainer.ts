import { setTimeout as sleep } from 'node:timers/promises';

import { TrainerLostError, TrainerUnavailableError } from '../../domain/failure/errors.ts';
import type { Progress } from '../services/progress.ts';
import { newestSession, type Trained } from './trained.ts';

/** SkyRL forgets a run that has been silent for five minutes: four chances. */
const BEAT_MS = 60_000;

/** Says every minute that the run goes on, until the trainer has forgotten it or this is cancelled. */
export async function keepTrainer(trained: Trained, { signal, say }: Progress): Promise<'lost' | 'forgets-nobody'> {
  const { keepAlive, name } = trained.trainer;
  if (keepAlive === undefined) return 'forgets-nobody';
  for (;;) {
    try {
      await keepAlive(await newestSession(trained), { signal, say });
      say(`${name} knows the run`);
    } catch (error) {
      if (error instanceof TrainerLostError) return 'lost';
      if (!(error instanceof TrainerUnavailableError)) throw error;
      say(error.message);
    }
    await sleep(BEAT_MS, undefined, { signal });
  }
}
