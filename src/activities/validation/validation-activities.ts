import type { BlobRef } from '../../domain/record/blob-ref.ts';
import { judgeArtifact } from '../../domain/checks/consistency.ts';
import type { ValidationFacts } from '../../domain/checks/validation-facts.ts';
import { collectArtifact } from './collect-artifact.ts';
import { collectBuggyRuns, collectOriginalRuns } from './collect-runs.ts';
import { collectVariants } from './collect-variants.ts';
import { getJson, putJson } from '../services/json-blobs.ts';
import { collectLeaks } from './collect-leaks.ts';
import { sharingLogSandbox } from '../services/log-sandboxes.ts';
import type { Progress, Running } from '../services/progress.ts';
import { recordVerdict, type RecordedVerdict, type VerdictInput } from './record-verdict.ts';
import type { Services } from '../services/services.ts';
import type { Collected } from './validation-setting.ts';
import type { ValidationInput, Gathering } from './validation-input.ts';
import type { KeptFacts } from '../artifact/kept-facts.ts';

type Collect = (
  services: Services,
  input: ValidationInput,
  facts: ValidationFacts,
  progress: Progress,
) => Promise<Collected>;

/**
 * The gatherings of consistency validation, in the order in which an artifact goes through them. Each boots its states
 * fresh from the image, adds what it found out to the facts, and says how the checks stand.
 */
export function createValidationActivities(services: Services, running: Running) {
  const gathering =
    (name: string, collect: Collect) =>
    (input: ValidationInput & { readonly facts: BlobRef }): Promise<Gathering> =>
      running(async (progress) => {
        const kept = await getJson<KeptFacts>(services.store.blobs, input.facts);
        return sharingLogSandbox(services, input, (logs) =>
          keep(services, input, name, kept, (facts) => collect({ ...services, logs }, input, facts, progress)),
        );
      });
  return {
    readArtifact: (input: ValidationInput): Promise<Gathering> =>
      running(({ signal }) =>
        keep(services, input, 'artifact', undefined, async () => ({
          facts: { artifact: await collectArtifact(services, input, signal) },
        })),
      ),
    collectOriginalRuns: gathering('original', collectOriginalRuns),
    collectBuggyRuns: gathering('buggy', collectBuggyRuns),
    collectVariants: gathering('variants', collectVariants),
    collectLeaks: gathering('leaks', collectLeaks),
    recordVerdict: (input: VerdictInput): Promise<RecordedVerdict> =>
      running((progress) => recordVerdict(services, input, progress)),
  };
}

export type ValidationActivities = ReturnType<typeof createValidationActivities>;

async function keep(
  { store: { blobs } }: Services,
  { validation }: ValidationInput,
  name: string,
  before: KeptFacts | undefined,
  collect: (facts: ValidationFacts) => Promise<Collected>,
): Promise<Gathering> {
  const startedAt = performance.now();
  const {
    facts,
    durationsMs: parts = {},
    unfinished,
  } = await collect(before?.facts ?? { artifact: { wellFormed: false, problem: 'not read' } });
  const taken = { ...parts, [name]: Math.round(performance.now() - startedAt) };
  const durationsMs = sumOf(before?.durationsMs ?? {}, taken);
  const kept: KeptFacts = { format: 'validation-facts-1', facts, durationsMs };
  return {
    facts: await putJson(blobs, kept),
    verdict: judgeArtifact(facts, validation).verdict ?? null,
    ...(unfinished && { unfinished }),
  };
}

/** A gathering that was left unfinished goes on under the same name. */
function sumOf(
  before: Readonly<Record<string, number>>,
  taken: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sums = Object.entries(taken).map(([name, ms]) => [name, (before[name] ?? 0) + ms] as const);
  return { ...before, ...Object.fromEntries(sums) };
}
