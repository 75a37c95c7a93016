import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openRollout } from '../../../src/activities/rollout/rollout-record.ts';
import { readJournal } from '../../../src/activities/rollout/journal.ts';
import { createRolloutActivities } from '../../../src/activities/rollout/rollout-activities.ts';
import type { SandboxLease } from '../../../src/activities/rollout/rollout-setting.ts';
import type { Services } from '../../../src/activities/services/services.ts';
import { SandboxGoneError } from '../../../src/domain/failure/errors.ts';
import type { Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { createFakeServices, plainly } from '../../support/fake-services.ts';
import { aRolloutSetting, aSubject, type Said } from '../../support/run-fixture.ts';
import { endAll, eventually, LONG_MS } from '../../sandbox/contract-host.ts';
import type { SnapshotHost } from '../../sandbox/sandbox-snapshots.ts';
import { bash, create } from './slice-fixture.ts';

const AT = '2026-01-02T03:04:05.678Z';

/** What becomes of a rollout whose sandbox is lost, with real commands in real sandboxes. */
export function describeLostSandboxes(name: string, makeHost: () => Promise<SnapshotHost>): void {
  describe(`a rollout on ${name} whose sandbox is lost`, { timeout: 2 * LONG_MS }, () => {
    let host: SnapshotHost;
    let [here, there]: Sandboxes[] = [];

    beforeEach(async () => {
      host = await makeHost();
      [here, there] = [host.open(), host.openElsewhere()];
    });
    afterEach(async () => {
      for (const sandboxes of [here, there]) if (sandboxes !== undefined) await endAll(sandboxes);
      await host.cleanUp();
    });

    /** Whose replies are these, one a turn, on two hosts that share a store. */
    async function aRollout(injector: readonly string[], rollout: Said = {}) {
      const { services } = await createFakeServices({ script: { injector } });
      if (host.source.kind === 'tools') throw new Error('a rollout needs a tree');
      const subject = aSubject({ source: host.source });
      const config = { rollout: { turns: injector.length, ...rollout } };
      const setting = { ...aRolloutSetting({ config }), subject };
      const { ledger } = services.store;
      const { runId, episodeId } = setting.owner;
      const drawn = { subject: 'tiny', strategy: 'removal', order: 1, parentArtifactId: null, seed: 1 } as const;
      await ledger.openRun({ runId, config: '{}', seed: 1, startedAt: AT });
      await ledger.openEpisode({ episodeId, runId, groupId: null, ...drawn, startedAt: AT });
      await openRollout(services, setting);
      const on = (sandboxes: Sandboxes | undefined) => {
        if (sandboxes === undefined) throw new Error('no host');
        const own: Services = { ...services, sandboxes };
        const activities = createRolloutActivities(own, plainly, 'host');
        return {
          boot: (incarnation: number) => activities.bootSandbox({ ...setting, incarnation }),
          play: (lease: SandboxLease) => activities.discoverTests({ ...setting, lease }),
        };
      };
      const outputs = async () => {
        const turns = await readJournal(services.store, setting.rolloutId);
        return turns.map(({ observation }) => /<output>\n([^]*)<\/output>/.exec(observation?.text ?? '')?.[1]?.trim());
      };
      const repeats = async () =>
        (await ledger.listRepeats(setting.rolloutId)).map(({ turn, finding }) => `${turn} ${finding}`);
      return { on, outputs, repeats };
    }

    it('in the middle of a command runs it again from where its turn began, and says that nobody knew', async () => {
      const { on, outputs, repeats } = await aRollout([
        bash('echo line >> lines; wc -l < lines'),
        bash('echo line >> lines; wc -l < lines; sleep 3'),
      ]);
      const first = await on(here).boot(0);
      const lost = expect(on(here).play(first)).rejects.toThrow(SandboxGoneError);
      const sandbox = await host.open().attach(first.sandboxId);
      await eventually(async () => {
        const reading = await sandbox.read('lines', { maxBytes: 100 });
        return reading.found && Buffer.from(reading.content).toString() === 'line\nline\n';
      });
      await sandbox.destroy();
      await lost;
      const second = await on(there).boot(1);
      expect(await on(there).play(second)).toMatchObject({ outcome: 'turn-limit' });
      expect(await outputs()).toEqual(['1', '2']);
      expect(await repeats()).toEqual(['0 same', '1 outcome-unknown']);
    });

    it('goes on with what was told first where a repeated command comes to something else', async () => {
      const { on, outputs, repeats } = await aRollout([bash('date +%s%N | tee stamp'), bash('cat stamp')], {
        slice_seconds: 0.0001,
      });
      const first = await on(here).boot(0);
      await on(here).play(first);
      const [told] = await outputs();
      await here?.destroy(first.sandboxId);
      const second = await on(there).boot(1);
      await on(there).play(second);
      await on(there).play({ ...second, playedThrough: 0 });
      const [stillTold, stamp] = await outputs();
      expect(stillTold).toBe(told);
      expect(stamp).not.toBe(told);
      expect(await repeats()).toEqual(['0 diverged']);
    });

    it('goes on from the snapshot on another host, where the agent was and with what it exported', async () => {
      const replies = [bash('cd src && export WORD=kept && date +%s%N > stamp; sleep 0.1'), create('note', 'a note')];
      const look = bash('pwd; echo $WORD; cat note; [ -s stamp ] && echo stamped');
      const saving = { snapshot_seconds: 0.05, slice_seconds: 0.0001 };
      const { on, outputs, repeats } = await aRollout([...replies, look], saving);
      const first = await on(here).boot(0);
      await on(here).play(first);
      await on(here).play({ ...first, playedThrough: 0 });
      await here?.destroy(first.sandboxId);
      const second = await on(there).boot(1);
      expect(second.playedThrough).toBe(0);
      await on(there).play(second);
      await on(there).play({ ...second, playedThrough: 1 });
      expect((await outputs()).at(-1)).toBe('/repo/src\nkept\na note\nstamped');
      expect(await repeats()).toEqual(['1 same']);
    });
  });
}
