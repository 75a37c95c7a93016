import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { Services } from '../../../src/activities/services/services.ts';
import { createGradingActivities } from '../../../src/activities/grading/grading-activities.ts';
import { putJson } from '../../../src/activities/services/json-blobs.ts';
import { SOLVER_PATCH, type Submission } from '../../../src/activities/artifact/submission.ts';
import { createValidationActivities } from '../../../src/activities/validation/validation-activities.ts';
import type { Subject } from '../../../src/domain/subject/subject.ts';
import { readEnvironment } from '../../../src/config/environment.ts';
import type { Command, CommandResult, Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { openServices } from '../../../src/workers/open-services.ts';
import { validateArtifact } from '../../../src/workflows/validate-artifact.ts';
import {
  changed,
  CHANGES,
  createArtifactFixture,
  ORIGINAL,
  type ArtifactTexts,
} from '../../support/artifact-fixture.ts';
import { plainly } from '../../support/fake-services.ts';
import { aConfiguration } from '../../support/run-fixture.ts';

const drawSeed = 1;
const owner = { runId: 'local', episodeId: 'local' };

/**
 * A real host: bubblewrap, a store on disk, and the consistent artifact of the tiny project validated in it; `prepare`
 * adds to the project's source, and may name an environment for it.
 */
export async function createJudgedBug(
  prepare: (directory: string) => { readonly environment?: string } = () => ({}),
  profile: 'strict' | 'paper' = 'strict',
) {
  const fixture = createArtifactFixture();
  const directory = join(fixture.directory, 'tiny');
  const subject: Subject = { ...fixture.subject, source: { kind: 'directory', directory, ...prepare(directory) } };
  const { sandbox, validation: ofRun, grading: strict } = aConfiguration();
  const validation = { ...ofRun, profile };
  const { services, close } = await openServices({
    sandbox: 'bubblewrap',
    environment: readEnvironment({ SELFPLAY_HOME: `${fixture.directory}/home` }),
  });
  const artifactId = randomUUID();
  const buggy = changed(ORIGINAL, CHANGES.bug);
  const loosened = changed(buggy, CHANGES.withoutAssertionOfBug);
  // The paper's profile takes no deleted test for a hidden one.
  const weakening = profile === 'paper' ? { 'test_weaken.diff': fixture.diff(buggy, loosened) } : {};
  const submission = await submissionOf(services, { ...fixture.artifact, ...weakening });
  const validating = createValidationActivities(services, plainly);
  const { verdict } = await validateArtifact(
    { owner, artifactId, episode: null, strategy: 'direct', subject, submission, sandbox, validation, drawSeed },
    validating,
  );
  /** Grades a diff as a solver would have submitted it. */
  const grade = async (patch: string, using: Services = services, settings = strict) => {
    const files = { [SOLVER_PATCH]: await services.store.blobs.put(Buffer.from(patch)) };
    const stored: Submission = { format: 'submission-1', files };
    const prediction = await putJson(services.store.blobs, stored);
    const grading = createGradingActivities(using, plainly);
    return grading.gradeAttempt({
      owner,
      subject,
      artifactId,
      submission: prediction,
      sandbox,
      grading: settings,
      drawSeed,
    });
  };
  const dispose = async () => {
    await close();
    fixture[Symbol.dispose]();
  };
  return { fixture, subject, services, artifactId, verdict, grade, dispose };
}

async function submissionOf({ store }: Services, artifact: ArtifactTexts) {
  const files: Record<string, Awaited<ReturnType<typeof store.blobs.put>>> = {};
  for (const [name, text] of Object.entries(artifact)) files[name] = await store.blobs.put(Buffer.from(text ?? ''));
  const submission: Submission = { format: 'submission-1', files };
  return putJson(store.blobs, submission);
}

/** As `runTests` calls it. */
export const isTestScript = ({ argv }: Command) => argv.includes('test_script.sh');

/**
 * The same sandboxes with every test script cut short: a hang shows in seconds, and the limit itself is no test's matter.
 * What prepares a sandbox keeps its time, for a machine under load may need it.
 */
export function withShortCommands(sandboxes: Sandboxes, timeoutMs: number): Sandboxes {
  const shorten = (sandbox: Sandbox): Sandbox => ({
    ...sandbox,
    run: (command, options) => sandbox.run(isTestScript(command) ? { ...command, timeoutMs } : command, options),
  });
  return { ...sandboxes, create: async (request) => shorten(await sandboxes.create(request)) };
}

/** The same sandboxes, in which chosen commands meet a machine that fails. */
export function failing(
  sandboxes: Sandboxes,
  meets: (command: Command) => (() => CommandResult) | undefined,
): Sandboxes {
  const spoil = (sandbox: Sandbox): Sandbox => ({
    ...sandbox,
    run: async (command, options) => meets(command)?.() ?? sandbox.run(command, options),
  });
  return { ...sandboxes, create: async (request) => spoil(await sandboxes.create(request)) };
}

const NOTHING = { head: new Uint8Array(), tail: new Uint8Array(), droppedBytes: 0 };

/** The same host, whose processors others have while so many of the next test scripts run. */
export function starving(
  services: Services,
  { scripts, boundMs }: { readonly scripts: number; readonly boundMs: number },
) {
  let starved = 0;
  const sandboxes = failing(services.sandboxes, (command) => {
    if (!isTestScript(command) || (starved += 1) > scripts) return undefined;
    const [limitMs, lostMs] = [command.timeoutMs, 900_000];
    const durationMs = limitMs / 2 + lostMs;
    return () => ({
      ...{ ending: 'timed-out', exitCode: null, stdout: NOTHING, stderr: NOTHING },
      ...{ durationMs, share: { limitMs, lostMs } },
    });
  });
  return { ...services, sandboxes, loadPatience: { firstWaitMs: 1, boundMs } };
}
