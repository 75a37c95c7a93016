import { z } from 'zod';

import { configurationSchema } from '../../config/configuration.ts';

/** What reports need of the configuration that a run keeps; the rest may be of another version. */
const { attempts, injectionGroups, rewards } = configurationSchema.shape;
const runConfigSchema = z.object({ attempts, injectionGroups, rewards });

export type RunConfig = z.infer<typeof runConfigSchema>;

/** Undefined when the run was kept by a version whose configuration reads otherwise. */
export function readRunConfig(config: string): RunConfig | undefined {
  try {
    return runConfigSchema.safeParse(JSON.parse(config)).data;
  } catch {
    return undefined;
  }
}
