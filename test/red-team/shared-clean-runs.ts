import { getJson, putJson } from '../../src/activities/services/json-blobs.ts';
import { withSandbox } from '../../src/activities/services/sandbox-request.ts';
import type { Services } from '../../src/activities/services/services.ts';
import type { KeptFacts } from '../../src/activities/artifact/kept-facts.ts';
import { lookAtOriginal } from '../../src/activities/validation/look-at-original.ts';
import type { ValidationActivities } from '../../src/activities/validation/validation-activities.ts';
import type { Gathering, ValidationInput } from '../../src/activities/validation/validation-input.ts';
import { judgeArtifact } from '../../src/domain/checks/consistency.ts';
import type { OriginalFacts } from '../../src/domain/checks/validation-facts.ts';

/** Clean runs by subject, script, parser and profile: whatever else an artifact holds changes nothing about them. */
export type CleanRuns = Map<string, Promise<OriginalFacts>>;

/**
 * The same steps, but the clean state of one subject under one script and one parser runs once for all trials
 * (docs/specification.md#validation: such runs may be shared). What is read from the tree beside them is about the files
 * of this very artifact and is read anew.
 */
export function sharingCleanRuns(
  services: Services,
  steps: ValidationActivities,
  cleanRuns: CleanRuns,
): ValidationActivities {
  const { blobs } = services.store;
  const originalOf = async ({ facts }: Gathering): Promise<OriginalFacts> => {
    const { original } = (await getJson<KeptFacts>(blobs, facts)).facts;
    if (original === undefined) throw new RangeError('the clean runs were gathered and are not there');
    return original;
  };
  return {
    ...steps,
    async collectOriginalRuns(input) {
      const before = await getJson<KeptFacts>(blobs, input.facts);
      const key = keyOf(input, before);
      const known = cleanRuns.get(key);
      if (known === undefined) {
        const gathering = steps.collectOriginalRuns(input);
        const original = gathering.then(originalOf);
        cleanRuns.set(key, original);
        // What this trial fails with is said by it; the next one starts anew.
        original.catch(() => cleanRuns.delete(key));
        return gathering;
      }
      const { runs, parser, log, changedByScript, treeProblem } = await known;
      const done = { runs, parser, log, changedByScript, ...(treeProblem !== undefined && { treeProblem }) };
      const original = { ...(await lookAgain(services, input, before)), ...done };
      const facts = { ...before.facts, original };
      const kept: KeptFacts = { ...before, facts, durationsMs: { ...before.durationsMs, original: 0, parser: 0 } };
      return { facts: await putJson(blobs, kept), verdict: judgeArtifact(facts, input.validation).verdict ?? null };
    },
  };
}

function keyOf({ subject, validation }: ValidationInput, before: KeptFacts): string {
  const { testScript, testParser } = artifactIn(before);
  return JSON.stringify([subject.source, testScript, testParser, validation.profile]);
}

function lookAgain(
  services: Services,
  { owner, subject, sandbox: config, validation }: ValidationInput,
  before: KeptFacts,
) {
  const { signal } = new AbortController();
  return withSandbox(services, { owner, subject, config }, (sandbox) =>
    lookAtOriginal(sandbox, artifactIn(before), { profile: validation.profile, signal }),
  );
}

function artifactIn({ facts: { artifact } }: KeptFacts) {
  if (!artifact.wellFormed) throw new RangeError('the clean state runs only for a well-formed artifact');
  return artifact.artifact;
}
