import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pLimit from 'p-limit';

import type { Services } from '../../src/activities/services/services.ts';
import { createGradingActivities } from '../../src/activities/grading/grading-activities.ts';
import { getJson, putJson } from '../../src/activities/services/json-blobs.ts';
import type { Owner } from '../../src/activities/services/sandbox-request.ts';
import { SOLVER_PATCH, type Submission } from '../../src/activities/artifact/submission.ts';
import { createValidationActivities } from '../../src/activities/validation/validation-activities.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { Grading } from '../../src/domain/grading/grading.ts';
import type { Subject } from '../../src/domain/subject/subject.ts';
import { openServices } from '../../src/workers/open-services.ts';
import { validateArtifact } from '../../src/workflows/validate-artifact.ts';
import { withShortCommands } from '../activities/grading/judged-bug.ts';
import { anEpisode, anInjectionGroup, aRun } from '../store/ledger-builders.ts';
import { writeTree, type ArtifactTexts } from '../support/artifact-fixture.ts';
import { plainly } from '../support/fake-services.ts';
import { aConfiguration } from '../support/run-fixture.ts';
import { corpusSubject } from './corpus-subject.ts';
import { artifactOf, originalOf, patchOf } from './diffs.ts';
import { OWNER, type JudgedArtifact } from './judged-artifact.ts';
import { probeTree } from './probe-tree.ts';
import { sharingCleanRuns, type CleanRuns } from './shared-clean-runs.ts';
import type { ArtifactPlan, Outcome, Project, Trial } from './trial.ts';

export interface Arena {
  play(trial: Trial): Promise<Outcome>;
  /** Sandboxes that are still there although every trial has ended. */
  leftovers(): Promise<number>;
  close(): Promise<void>;
}

/** Test runs share two places whatever happens here; what is more than that only waits. */
const TRIALS_AT_ONCE = 3;

/** The same draws in every round, so that chance makes no trial come out one way today and another way tomorrow. */
const DRAW_SEED = 20251218;

/** Real services on a real backend and a store of their own, in which trials are played by the code that episodes use. */
export async function openArena(sandbox: 'bubblewrap' | 'docker' = 'bubblewrap'): Promise<Arena> {
  const directory = mkdtempSync(join(tmpdir(), 'selfplay-red-team-'));
  const environment = readEnvironment({ SELFPLAY_HOME: `${directory}/home` });
  const { services, close } = await openServices({ sandbox, environment });
  const limit = pLimit(TRIALS_AT_ONCE);
  const setting = { directory, services, ...newMemory() };
  return {
    play: (trial) => limit(() => play(withLimit(setting, trial), trial)),
    leftovers: async () => (await services.sandboxes.list()).length,
    close: async () => {
      await close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function newMemory(): Pick<Setting, 'accepted' | 'trees' | 'cleanRuns'> {
  return { accepted: new Map(), trees: new Map(), cleanRuns: new Map() };
}

interface Setting {
  readonly directory: string;
  readonly services: Services;
  /** The projects' own artifacts: judged once, and every patch is graded on them. */
  readonly accepted: Map<string, Promise<JudgedArtifact>>;
  /** Directories by what was written into them, so that equal subjects have one image index. Nothing changes them. */
  readonly trees: Map<string, string>;
  readonly cleanRuns: CleanRuns;
}

function withLimit(setting: Setting, { plan: { commandLimitMs } }: Trial): Setting {
  if (commandLimitMs === undefined) return setting;
  const sandboxes = withShortCommands(setting.services.sandboxes, commandLimitMs);
  return { ...setting, services: { ...setting.services, sandboxes } };
}

async function play(setting: Setting, trial: Trial): Promise<Outcome> {
  const project = trial.plan.project();
  switch (trial.kind) {
    case 'artifact': {
      const subject = subjectOf(setting, project, trial.plan);
      const library = await libraryOf(setting, subject, trial.plan);
      return (await judge(setting, subject, artifactOf(project, trial.plan), { ...trial.plan, library })).outcome;
    }
    case 'patch': {
      const bug = await acceptedBug(setting, project, trial);
      return grade(setting, bug, patchOf(project, trial.plan));
    }
    case 'tree': {
      const bug = await acceptedBug(setting, project, trial);
      // A copy that cannot be taken away is a reason to refuse the artifact; no solver starts then.
      return bug.outcome.paid ? probeTree(setting.services, bug, trial.plan) : bug.outcome;
    }
  }
}

/** The run in whose library an artifact is judged: one that has accepted what the plan says, or none. */
async function libraryOf(setting: Setting, subject: Subject, plan: ArtifactPlan): Promise<Owner | null> {
  const { acceptedBefore: bug, ...own } = plan;
  if (bug === undefined) return null;
  const library = { runId: plan.name, episodeId: plan.name };
  const { ledger } = setting.services.store;
  await ledger.openRun(aRun({ runId: library.runId }));
  await ledger.openInjectionGroup(anInjectionGroup({ groupId: plan.name, runId: library.runId }));
  await ledger.openEpisode(anEpisode({ ...library, groupId: plan.name }));
  const { outcome } = await judge(setting, subject, artifactOf(plan.project(), { ...own, bug }), { library });
  if (outcome.paid) return library;
  throw new RangeError(`what ${plan.name} is compared with is refused by ${outcome.by}: ${outcome.sentence}`);
}

/** The project's own artifact, accepted: what a trial changes is then all that decides. */
function acceptedBug(setting: Setting, project: Project, { kind, plan }: Trial): Promise<JudgedArtifact> {
  const key = plan.subject === undefined && plan.prepare === undefined ? project.name : plan.name;
  const known = setting.accepted.get(key);
  if (known !== undefined) return known;
  const judging = judgeOwn(setting, project, plan).then((bug) => {
    if (bug.outcome.paid || kind === 'tree') return bug;
    throw new RangeError(`the artifact of ${key} is refused by ${bug.outcome.by}: ${bug.outcome.sentence}`);
  });
  setting.accepted.set(key, judging);
  return judging;
}

function judgeOwn(setting: Setting, project: Project, plan: Trial['plan']): Promise<JudgedArtifact> {
  const { subject } = plan;
  const artifact = artifactOf(project, subject === undefined ? {} : { subject });
  return judge(setting, subjectOf(setting, project, plan), artifact, plan);
}

/** Writes the subject where the plan asks for one of its own; projects of the corpus are there already. */
function subjectOf(setting: Setting, project: Project, plan: Trial['plan']): Subject {
  const directory = project.directory ?? directoryOf(setting, project, plan);
  const environment = project.environment === undefined ? undefined : environmentOf(project.environment);
  const source = { kind: 'directory', directory, ...(environment === undefined ? {} : { environment }) } as const;
  return { name: project.name, source, weight: 1 };
}

function directoryOf({ directory: place, trees }: Setting, project: Project, plan: Trial['plan']): string {
  const tree = originalOf(project, plan);
  const content = plan.prepare === undefined ? JSON.stringify(tree) : plan.name;
  const known = trees.get(content);
  if (known !== undefined) return known;
  const directory = join(place, randomUUID(), 'tiny');
  writeTree(directory, tree);
  plan.prepare?.(directory);
  trees.set(content, directory);
  return directory;
}

function environmentOf(name: string): string {
  const { source } = corpusSubject(name);
  if (source.kind === 'directory' && source.environment !== undefined) return source.environment;
  throw new RangeError(`the corpus names no environment for ${name}; run scripts/setup --only subjects`);
}

async function judge(
  { services, cleanRuns }: Setting,
  subject: Subject,
  artifact: ArtifactTexts,
  { profile, library = null }: Pick<Trial['plan'], 'profile'> & { readonly library?: Owner | null },
): Promise<JudgedArtifact> {
  const { store } = services;
  const files: Record<string, Awaited<ReturnType<typeof store.blobs.put>>> = {};
  for (const [name, text] of Object.entries(artifact))
    if (text !== null) files[name] = await store.blobs.put(Buffer.from(text));
  const submission: Submission = { format: 'submission-1', files };
  const artifactId = randomUUID();
  const reference = await putJson(store.blobs, submission);
  const unknown = { episode: library, strategy: 'direct' } as const;
  const { sandbox, validation } = aConfiguration({
    validation: { profile: profile ?? 'strict', ...(library && { maxNearDuplicates: 1 }) },
  });
  const asked = { sandbox, validation, owner: OWNER, drawSeed: DRAW_SEED };
  const { verdict } = await validateArtifact(
    { ...asked, artifactId, ...unknown, subject, submission: reference },
    sharingCleanRuns(services, createValidationActivities(services, plainly), cleanRuns),
  );
  const outcome = verdict.consistent
    ? { paid: true, by: 'every check', sentence: 'accepted' }
    : { paid: false, by: verdict.check, sentence: verdict.detail };
  return { subject, artifactId, outcome };
}

async function grade({ services }: Setting, bug: JudgedArtifact, patch: string): Promise<Outcome> {
  const { blobs } = services.store;
  const files = { [SOLVER_PATCH]: await blobs.put(Buffer.from(patch)) };
  const submission: Submission = { format: 'submission-1', files };
  const { subject, artifactId } = bug;
  const grading = createGradingActivities(services, plainly);
  const reference = await putJson(blobs, submission);
  const input = { ...aConfiguration(), owner: OWNER, subject, artifactId, submission: reference, drawSeed: DRAW_SEED };
  const graded = await grading.gradeAttempt(input);
  const signs = graded.report === null ? undefined : (await getJson<Grading>(blobs, graded.report)).figures.signs;
  const outcome = { paid: graded.solved, by: 'grading', sentence: graded.reason };
  return Array.isArray(signs) ? { ...outcome, signs } : outcome;
}
