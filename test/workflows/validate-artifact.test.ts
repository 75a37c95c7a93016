import { describe, expect, it } from 'vitest';

import type { ValidationActivities } from '../../src/activities/validation/validation-activities.ts';
import type { ValidationInput } from '../../src/activities/validation/validation-input.ts';
import type { BlobRef } from '../../src/domain/record/blob-ref.ts';
import type { ConsistencyVerdict } from '../../src/domain/record/check-record.ts';
import { validateArtifact } from '../../src/workflows/validate-artifact.ts';
import { aConfiguration, aReference, aSubject } from '../support/run-fixture.ts';

const GATHERINGS = [
  'readArtifact',
  'collectOriginalRuns',
  'collectLeaks',
  'collectBuggyRuns',
  'collectVariants',
] as const;

type GatheringName = (typeof GATHERINGS)[number];

const failed: ConsistencyVerdict = { consistent: false, check: 'parser', detail: 'no JSON' };

/** Steps whose facts are named after how far they got; `decisive` is the gathering after which a check has failed. */
function validationSteps(decisive?: GatheringName) {
  const told: string[] = [];
  const gather = (name: GatheringName) => (input: ValidationInput & { readonly facts?: BlobRef }) => {
    told.push(`${name} on ${input.facts?.sha256 ?? 'nothing'}`);
    const last = name === 'collectVariants' ? ({ consistent: true } as const) : null;
    return Promise.resolve({ facts: aReference(name), verdict: name === decisive ? failed : last });
  };
  const steps: ValidationActivities = {
    readArtifact: gather('readArtifact'),
    collectOriginalRuns: gather('collectOriginalRuns'),
    collectBuggyRuns: gather('collectBuggyRuns'),
    collectVariants: gather('collectVariants'),
    collectLeaks: gather('collectLeaks'),
    recordVerdict: ({ artifactId, facts }) => {
      told.push(`recordVerdict on ${facts.sha256}`);
      return Promise.resolve({ artifactId, verdict: decisive === undefined ? { consistent: true } : failed });
    },
  };
  return { steps, told };
}

function validate(steps: ValidationActivities) {
  const { sandbox, validation } = aConfiguration();
  const input = {
    owner: { runId: 'run', episodeId: 'episode' },
    episode: null,
    artifactId: 'bug',
    sandbox,
    validation,
    drawSeed: 1,
  };
  return validateArtifact(
    { ...input, subject: aSubject(), strategy: 'removal', submission: aReference('submission') },
    steps,
  );
}

describe('consistency validation', () => {
  it('asks a gathering again that left facts for another time, with the facts that it brought', async () => {
    const { steps, told } = validationSteps();
    const parts = [{ facts: aReference('some variants'), verdict: null, unfinished: true } as const];
    await validate({ ...steps, collectVariants: async (input) => parts.pop() ?? steps.collectVariants(input) });
    expect(told.slice(-2)).toEqual([
      `collectVariants on ${aReference('some variants').sha256}`,
      `recordVerdict on ${aReference('collectVariants').sha256}`,
    ]);
  });

  it('leaves an unfinished gathering when a check has failed', async () => {
    const { steps, told } = validationSteps();
    const end = { facts: aReference('some variants'), verdict: failed, unfinished: true } as const;
    await validate({ ...steps, collectVariants: () => Promise.resolve(end) });
    expect(told.at(-1)).toBe(`recordVerdict on ${aReference('some variants').sha256}`);
  });

  it('gathers facts in the order of the checks but second copies early, each on top of the ones before', async () => {
    const { steps, told } = validationSteps();
    expect(await validate(steps)).toEqual({ artifactId: 'bug', verdict: { consistent: true } });
    expect(told).toEqual([
      'readArtifact on nothing',
      'collectOriginalRuns on readArtifact',
      'collectLeaks on collectOriginalRuns',
      'collectBuggyRuns on collectLeaks',
      'collectVariants on collectBuggyRuns',
      'recordVerdict on collectVariants',
    ]);
  });

  it.each(GATHERINGS.map((name, index) => ({ name, steps: index + 1 })))(
    'stops gathering when $name has decided, and records the verdict on what is there',
    async ({ name, steps: count }) => {
      const { steps, told } = validationSteps(name);
      expect((await validate(steps)).verdict).toEqual(failed);
      expect(told).toHaveLength(count + 1);
      expect(told.at(-1)).toBe(`recordVerdict on ${name}`);
    },
  );

  it('records no verdict when a gathering is lost', async () => {
    const { steps, told } = validationSteps();
    const lost = { ...steps, collectBuggyRuns: () => Promise.reject(new Error('the host is gone')) };
    await expect(validate(lost)).rejects.toThrow('the host is gone');
    expect(told.some((step) => step.startsWith('recordVerdict'))).toBe(false);
  });
});
