import { z } from 'zod';

/** What reports need of the configuration that a run keeps; the rest may be of another version. */
const runConfigSchema = z.object({
  attempts: z.number(),
  injectionGroups: z.number(),
  rewards: z.object({ alpha: z.number(), injector: z.enum(['solve-rate', 'consistency-only']) }),
});

export type RunConfig = z.infer<typeof runConfigSchema>;

/** Undefined when the run was kept by a version whose configuration reads otherwise. */
export function readRunConfig(config: string): RunConfig | undefined {
  try {
    return runConfigSchema.safeParse(JSON.parse(config)).data;
  } catch {
    return undefined;
  }
}
