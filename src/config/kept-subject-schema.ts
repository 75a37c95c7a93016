import { z } from 'zod';

import type { Subject } from '../domain/subject/subject.ts';

const id = z.string().min(1);

/** A subject as the project writes it itself: into the inputs of workflows, and into bug libraries. */
export const keptSubjectSchema: z.ZodType<Subject> = z.strictObject({
  name: id,
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('image'), image: id }),
    z.strictObject({ kind: z.literal('directory'), directory: id, environment: id.exactOptional() }),
  ]),
  repoRoot: id.exactOptional(),
  agentUser: id.exactOptional(),
  weight: z.number().positive(),
});
