import { beforeEach, describe, expect, it } from 'vitest';

import { createRolloutActivities } from '../../../src/activities/rollout/rollout-activities.ts';
import { ImageNotFoundError, SandboxGoneError } from '../../../src/domain/failure/errors.ts';
import type { Running } from '../../../src/activities/services/progress.ts';
import { plainly, quietProgress } from '../../support/fake-services.ts';
import { aSubject } from '../../support/run-fixture.ts';
import {
  aRolloutUnderWay,
  bash,
  crashingOnceIn,
  finished,
  letTimePass,
  submitArtifact,
  writeArtifact,
} from './slice-fixture.ts';

const wholeRollout = [bash('step 0'), bash('step 1'), ...writeArtifact, submitArtifact, finished];
/** So short that every slice is over after the turn it is in. */
const SHORT = { rollout: { slice_seconds: 0.0001 } };

beforeEach(letTimePass);

/** The agent's own commands among all that ran, by sandbox. */
function stepsIn(ran: Awaited<ReturnType<typeof aRolloutUnderWay>>['ran'], sandboxId: string): readonly string[] {
  return ran
    .filter((one) => one.sandboxId === sandboxId)
    .flatMap(({ command }) => command.argv.filter((argument) => argument.startsWith('step')));
}

const twoSteps = [bash('step 0'), bash('step 1')];
const findings = async ({ services, setting }: Awaited<ReturnType<typeof aRolloutUnderWay>>) =>
  (await services.store.ledger.listRepeats(setting.rolloutId)).map(({ turn, finding }) => [turn, finding]);

describe('a new sandbox', () => {
  it('is brought to where the journal is, without asking the policy', async () => {
    const { play, lease, boot, asked, ran, services } = await aRolloutUnderWay({
      script: { injector: wholeRollout },
      config: SHORT,
    });
    await play();
    await play({ lease: { ...lease, playedThrough: 0 } });
    await services.sandboxes.destroy(lease.sandboxId);
    const paid = asked.length;
    const second = await boot(1);
    const caughtUp = await play({ lease: second });
    expect(caughtUp).toEqual({ status: 'unfinished', playedThrough: 1, next: 'discoverTests' });
    expect(stepsIn(ran, second.sandboxId)).toEqual(['step 0', 'step 1']);
    expect(asked.length).toBe(paid);
  });

  it('from a snapshot repeats only what came after it', async () => {
    const { play, lease, boot, ran } = await aRolloutUnderWay({ script: { injector: wholeRollout }, config: SHORT });
    await play();
    await play({ lease: { ...lease, playedThrough: 0 } });
    const second = await boot(1, 0);
    await play({ lease: second });
    expect(stepsIn(ran, second.sandboxId)).toEqual(['step 1']);
  });

  it('leaves the transcript as it was recorded the first time', async () => {
    let runs = 0;
    const { play, boot, journal, asked } = await aRolloutUnderWay({
      script: { injector: wholeRollout },
      config: SHORT,
      handler: () => ({ exitCode: 0, stdout: `run ${(runs += 1)}` }),
    });
    await play();
    const [recorded] = await journal();
    const fresh = await boot(1);
    await play({ lease: fresh });
    await play({ lease: { ...fresh, playedThrough: 0 } });
    expect((await journal())[0]).toEqual(recorded);
    expect(asked.at(-1)?.messages.at(-1)?.content).toContain('run 1');
  });

  it('that died meanwhile is told from one that is alive', async () => {
    const { play, lease, services } = await aRolloutUnderWay({ script: { injector: wholeRollout } });
    await services.sandboxes.destroy(lease.sandboxId);
    await expect(play()).rejects.toThrow(SandboxGoneError);
  });
});

describe('a tool call that runs again', () => {
  it('in another sandbox is journaled as the same where it comes to the same', async () => {
    const rollout = await aRolloutUnderWay({ script: { injector: twoSteps }, config: { rollout: { turns: 2 } } });
    await rollout.play();
    const lease = await rollout.boot(1);
    await rollout.play({ lease });
    await rollout.play({ lease });
    expect(await findings(rollout)).toEqual([
      [0, 'same'],
      [1, 'same'],
    ]);
  });

  it('and comes to something else has diverged, and the journal keeps both', async () => {
    let runs = 0;
    const rollout = await aRolloutUnderWay({
      script: { injector: twoSteps },
      config: { rollout: { turns: 2 } },
      handler: () => ({ exitCode: 0, stdout: `run ${Math.min((runs += 1), 3)}` }),
    });
    await rollout.play();
    await rollout.play({ lease: await rollout.boot(1) });
    const { ledger, blobs } = rollout.services.store;
    const [first, second] = await ledger.listRepeats(rollout.setting.rolloutId);
    expect([first?.finding, second?.finding]).toEqual(['diverged', 'diverged']);
    const again = await blobs.get(first?.observation ?? { sha256: '', bytes: 0 });
    expect(Buffer.from(again).toString()).toBe('[bash] exit code 0\n<output>\nrun 3\n</output>');
    expect((await rollout.journal())[0]?.observation?.text).toContain('run 1');
    expect(await ledger.countRepeats('run')).toEqual({ same: 0, diverged: 2, unfinished: 0, 'outcome-unknown': 0 });
  });

  it('because its sandbox was lost with what it came to is journaled before it runs', async () => {
    const rollout = await aRolloutUnderWay({ script: { injector: twoSteps }, config: { rollout: { turns: 2 } } });
    const { services } = rollout;
    const crashing = crashingOnceIn(services, 'recordObservation');
    await expect(rollout.play({ services: crashing })).rejects.toThrow('the worker died');
    const lease = await rollout.boot(1);
    await expect(rollout.play({ lease, services: crashingOnceIn(services, 'recordObservation') })).rejects.toThrow();
    expect(await findings(rollout)).toEqual([[0, 'outcome-unknown']]);
    await rollout.play({ lease });
    expect(await findings(rollout)).toEqual([[0, 'outcome-unknown']]);
    expect(stepsIn(rollout.ran, lease.sandboxId)).toEqual(['step 0', 'step 1']);
  });

  it('and is lost again while it does is journaled as unfinished', async () => {
    const second = { sandboxId: '' };
    const rollout = await aRolloutUnderWay({
      script: { injector: [bash('step 0')] },
      config: { rollout: { turns: 1 } },
      handler: ({ argv }, { sandboxId }) => {
        if (argv.includes('step 0') && sandboxId === second.sandboxId) rollout.host.delete(sandboxId);
        return { exitCode: 0 };
      },
    });
    await rollout.play();
    const lease = await rollout.boot(1);
    second.sandboxId = lease.sandboxId;
    await expect(rollout.play({ lease })).rejects.toThrow(SandboxGoneError);
    expect(await findings(rollout)).toEqual([[0, 'unfinished']]);
  });

  it('never is one that the same sandbox has run', async () => {
    const rollout = await aRolloutUnderWay({ script: { injector: twoSteps }, config: { rollout: { turns: 2 } } });
    const crashing = crashingOnceIn(rollout.services, 'recordObservation');
    await expect(rollout.play({ services: crashing })).rejects.toThrow('the worker died');
    await rollout.play();
    expect(stepsIn(rollout.ran, rollout.lease.sandboxId)).toEqual(['step 0', 'step 1']);
    expect(await findings(rollout)).toEqual([]);
  });

  it('is none where the reply held no call', async () => {
    const rollout = await aRolloutUnderWay({ script: { injector: ['no call'] }, config: { rollout: { turns: 1 } } });
    await rollout.play();
    await rollout.play({ lease: await rollout.boot(1) });
    expect(await findings(rollout)).toEqual([]);
  });
});

describe('bootSandbox', () => {
  it('gives the sandbox a name that tells nothing, the same for a retry, and labels it with its owner', async () => {
    const { services, setting } = await aRolloutUnderWay();
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const lease = await bootSandbox({ ...setting, incarnation: 2 });
    const sandboxId = expect.stringMatching(/^[0-9a-f]{32}$/);
    expect(lease).toEqual({ sandboxId, hostQueue: 'host', playedThrough: -1 });
    expect((await bootSandbox({ ...setting, incarnation: 2 })).sandboxId).toBe(lease.sandboxId);
    const listing = (await services.sandboxes.list()).find(({ id }) => id === lease.sandboxId);
    expect(listing?.labels).toEqual({ deployment: 'test', run: 'run', episode: 'run/episode-0' });
  });

  it('gives no two rollouts the same sandbox', async () => {
    const { services, setting } = await aRolloutUnderWay();
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const rolloutIds = ['run.a/episode-1/solver-1', 'run.a/episode-1/solver-11', 'run.a/episode-11/solver-1'];
    const names = new Set<string>();
    for (const rolloutId of rolloutIds)
      names.add((await bootSandbox({ ...setting, rolloutId, incarnation: 0 })).sandboxId);
    expect(names.size).toBe(rolloutIds.length);
  });

  it('gives a rollout whose workflow was reset a sandbox of its own, and takes the one before away', async () => {
    const rollout = await aRolloutUnderWay({ script: { injector: twoSteps }, config: SHORT });
    const { services, setting, play, asked, journal } = rollout;
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const [before, after] = ['first', 'second'].map((execution) => ({ ...setting, incarnation: 0, execution }));
    if (before === undefined || after === undefined) throw new Error('no executions');
    const first = await bootSandbox(before);
    await play({ lease: first });
    const paid = asked.length;
    const told = await journal();
    const second = await bootSandbox(after);
    expect(second.sandboxId).not.toBe(first.sandboxId);
    await expect(services.sandboxes.attach(first.sandboxId)).rejects.toThrow(SandboxGoneError);
    expect(await play({ lease: second })).toMatchObject({ status: 'unfinished', playedThrough: 0 });
    expect(asked.length).toBe(paid);
    expect(await journal()).toEqual(told);
    expect(await findings(rollout)).toEqual([[0, 'same']]);
  });

  it('boots afresh when a failed try left a sandbox behind', async () => {
    const { services, setting } = await aRolloutUnderWay();
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const { sandboxId } = await bootSandbox({ ...setting, incarnation: 0 });
    await (await services.sandboxes.attach(sandboxId)).write('/repo/left-over', Buffer.from('x'));
    await bootSandbox({ ...setting, incarnation: 0 });
    const reading = await (await services.sandboxes.attach(sandboxId)).read('/repo/left-over', { maxBytes: 10 });
    expect(reading.found).toBe(false);
  });

  it('leaves no sandbox behind when the tree cannot be prepared', async () => {
    const { services, setting, lease } = await aRolloutUnderWay({ handler: () => ({ exitCode: 1, stdout: 'no git' }) });
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    await expect(bootSandbox({ ...setting, incarnation: 1 })).rejects.toThrow('no git');
    expect((await services.sandboxes.list()).map(({ id }) => id)).toEqual([lease.sandboxId]);
  });

  it('leaves no sandbox behind when it is cancelled in its midst', async () => {
    const stop = new AbortController();
    const { services, setting, lease } = await aRolloutUnderWay({
      handler: () => {
        stop.abort(new Error('cancelled by the user'));
        return { exitCode: 0 };
      },
    });
    const running: Running = (step) => step({ ...quietProgress(), signal: stop.signal });
    const { bootSandbox } = createRolloutActivities(services, running, 'host');
    await expect(bootSandbox({ ...setting, incarnation: 1 })).rejects.toThrow();
    expect((await services.sandboxes.list()).map(({ id }) => id)).toEqual([lease.sandboxId]);
  });

  it('fails for good when the subject does not exist', async () => {
    const { services, setting } = await aRolloutUnderWay();
    const { bootSandbox } = createRolloutActivities(services, plainly, 'host');
    const subject = aSubject({ source: { kind: 'directory', directory: '/nowhere/else' } });
    await expect(bootSandbox({ ...setting, subject, incarnation: 0 })).rejects.toThrow(ImageNotFoundError);
  });
});
