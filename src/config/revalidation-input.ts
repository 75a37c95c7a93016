import { z } from 'zod';

import { InvalidInputError } from '../domain/failure/errors.ts';
import { camelCaseKeys } from './key-spelling.ts';

const id = z.string().min(1);

const selectionSchema = z.strictObject({
  artifacts: z.array(id).min(1).optional(),
  run: id.optional(),
  subject: id.optional(),
  consistentOnly: z.boolean().default(false),
  limit: z.int().positive().optional(),
  again: z.boolean().default(false),
  // A validation runs some twenty tests; the host's places bound how many run at once.
  window: z.int().positive().max(100).default(2),
});

/** Which stored artifacts are judged again; `{}` is all of them. What `artifactRevalidation` is started with. */
export type RevalidationSelection = z.infer<typeof selectionSchema>;

/** Throws `InvalidInputError`, with each offending place, where this selects no artifacts. */
export function readRevalidationSelection(input: unknown): RevalidationSelection {
  const parsed = selectionSchema.safeParse(camelCaseKeys(input ?? {}).document);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    `${z.prettifyError(parsed.error)}\nartifactRevalidation takes {"artifacts": ["RUN/episode-0/bug"]}, or {"run": "RUN", "subject": "NAME", "consistent_only": true, "limit": 10, "again": true, "window": 2}, or {} for all artifacts`,
  );
}
