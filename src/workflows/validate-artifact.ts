import type { ValidationActivities } from '../activities/validation/validation-activities.ts';
import type { Gathering } from '../activities/validation/validation-input.ts';
import type { RecordedVerdict, VerdictInput } from '../activities/validation/record-verdict.ts';

/**
 * Consistency validation (paper, Sec. 2.3; docs/specification.md#validation): facts are gathered in the order of the
 * checks, but for those about second copies, which decide how the other states are built. Gathering stops when a check
 * has failed, for the first failure decides; one that takes long goes on in another activity. `record` writes the
 * verdict that the facts lead to.
 */
export async function validateArtifact(
  input: Omit<VerdictInput, 'facts'>,
  steps: ValidationActivities,
  record: (input: VerdictInput) => Promise<RecordedVerdict> = steps.recordVerdict,
): Promise<RecordedVerdict> {
  let gathering: Gathering = await steps.readArtifact(input);
  const gatherings = [steps.collectOriginalRuns, steps.collectLeaks, steps.collectBuggyRuns, steps.collectVariants];
  for (const collect of gatherings) {
    if (gathering.verdict !== null) break;
    do {
      gathering = await collect({ ...input, facts: gathering.facts });
    } while (gathering.unfinished === true && gathering.verdict === null);
  }
  return record({ ...input, facts: gathering.facts });
}
