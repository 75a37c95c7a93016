import { readBugArtifact } from '../../domain/artifact/bug-artifact.ts';
import type { ArtifactFacts } from '../../domain/checks/validation-facts.ts';
import { withSandbox } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';
import { artifactFilesOf } from '../artifact/submission.ts';
import { applyDiff } from '../tree/tree-state.ts';
import type { ValidationInput } from './validation-input.ts';
import { bugOf, weakeningOf } from '../artifact/named-diffs.ts';

/** The check artifact: reads the five files and applies both diffs to a fresh tree, one after the other. */
export async function collectArtifact(
  services: Services,
  input: ValidationInput,
  signal: AbortSignal,
): Promise<ArtifactFacts> {
  const reading = readBugArtifact(await artifactFilesOf(services.store.blobs, input.submission));
  if (!reading.wellFormed) return reading;
  const { artifact } = reading;
  return withSandbox(
    services,
    { owner: input.owner, subject: input.subject, config: input.sandbox },
    async (sandbox) => {
      const bugApplies = await applyDiff(sandbox, bugOf(artifact), signal);
      const weakeningApplies = bugApplies.applied
        ? await applyDiff(sandbox, weakeningOf(artifact), signal)
        : ({ applied: false, problem: 'not tried, for the bug does not apply' } as const);
      return { wellFormed: true, artifact, bugApplies, weakeningApplies };
    },
  );
}
