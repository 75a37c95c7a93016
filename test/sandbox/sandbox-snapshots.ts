import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { executeToolCall } from '../../src/activities/rollout/agent-tools.ts';
import { SnapshotUnusableError } from '../../src/domain/failure/errors.ts';
import type { Sandbox, Sandboxes } from '../../src/sandbox/sandbox.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { aSandbox, endAll, LONG_MS, output, type SharedHost } from './contract-host.ts';

/** A host, and another one that shares nothing with it but the source. */
export interface SnapshotHost extends SharedHost {
  openElsewhere(): Sandboxes;
}

/** Everything that a sandbox holds of its own, as `find` and `md5sum` see it. */
const DESCRIBE_ALL = `
find /repo /tmp ~ -mindepth 1 ! -name closed -printf '%p %y %m %n %l %T@\\n' | sort
find /repo /tmp ~ -type f -readable | sort | xargs -d '\\n' md5sum
find /repo -printf '%i %p\\n' | awk '{ if ($1 in first) print first[$1], "is", $2; else first[$1] = $2 }' | sort
stat -c %a closed`;

/** What an agent does to a tree, of every kind. */
const CHANGE_ALL = `
rm -r src/gone; rm README
mkdir src/empty; chmod 750 src/empty; mkdir -m 000 closed
ln -s nowhere dangling; ln -s / root-link; ln -s src/kept inner-link
rm -r src/replaced; mkdir src/replaced; echo new > src/replaced/new
rm src/old; mkdir src/old; echo inside > src/old/inside
echo x > hard-one; ln hard-one hard-two; ln src/kept src/kept-too
printf '\\001' > "bad-$(printf '\\377')-name"; echo ü > 'grüße mit Leerzeichen.txt'; echo 本 > 日本語
mkdir -p deep/er/and/deeper; echo d > deep/er/and/deeper/file
touch -d '2001-02-03 04:05:06.123456789' dated; mkfifo pipe; truncate -s 3M sparse
chmod 600 src/kept; echo h > ~/.config; mkdir /tmp/scratch; umask 077; touch /tmp/secret; chmod 755 ~/.config`;

/** Suite 5: what a snapshot holds, and where it can be restored. */
export function describeSnapshots(name: string, makeHost: () => Promise<SnapshotHost>): void {
  describe(`${name} and snapshots`, { timeout: 2 * LONG_MS }, () => {
    let host: SnapshotHost;
    let [here, there]: Sandboxes[] = [];

    beforeEach(async () => {
      host = await makeHost();
      [here, there] = [host.open(), host.openElsewhere()];
    });
    afterEach(async () => {
      for (const sandboxes of [on('here'), on('there')]) {
        await endAll(sandboxes);
      }
      await host.cleanUp();
    });

    function on(which: 'here' | 'there'): Sandboxes {
      const sandboxes = which === 'here' ? here : there;
      if (sandboxes === undefined) throw new Error('no host');
      return sandboxes;
    }
    const boot = (which: 'here' | 'there', snapshot?: Uint8Array): Promise<Sandbox> =>
      on(which).create(aSandbox(host, snapshot === undefined ? {} : { snapshot }));

    it('restores on another host whatever an agent did to the tree, and the source shows through nowhere', async () => {
      const first = await boot('here');
      await output(first, CHANGE_ALL);
      const before = await output(first, DESCRIBE_ALL);
      expect(before).toContain('is');
      const snapshot = await first.snapshot();
      await first.destroy();
      const second = await boot('there', snapshot);
      expect(await output(second, DESCRIBE_ALL)).toBe(before);
      expect(await output(second, 'ls src/replaced src/old; ls -d src/gone README 2>/dev/null || true')).toBe(
        'src/old:\ninside\n\nsrc/replaced:\nnew',
      );
    });

    it('restores the working directory and what was exported', async () => {
      const { blobs } = await createInMemoryStore();
      const tool = (sandbox: Sandbox, command: string) =>
        executeToolCall(
          { tool: 'bash', command },
          {
            ...{ sandbox, blobs, role: 'solver', commandId: command, commandMs: LONG_MS, outputCapBytes: 10_000 },
            signal: new AbortController().signal,
          },
        );
      const first = await boot('here');
      await tool(first, `cd src && export GREETING='grüß "dich"' && local_only=1`);
      const second = await boot('there', await first.snapshot());
      const { observation } = await tool(second, 'pwd; echo "$GREETING ${local_only-forgotten}"');
      expect(observation.output).toBe(`${second.treeRoot}/src\ngrüß "dich" forgotten\n`);
    });

    it('takes snapshots that are whole by themselves and grow with what is changed, not with their number', async () => {
      let sandbox = await boot('here');
      await sandbox.write('kept.bin', randomBytes(200_000));
      const sizes: number[] = [];
      const all: Uint8Array[] = [];
      for (let round = 0; round < 6; round += 1) {
        await output(sandbox, `echo round ${round} > round; head -c 1000000 /dev/urandom > junk-${round}`);
        await output(sandbox, `rm junk-${round}; rm -rf src/old; touch src/old`);
        const snapshot = await sandbox.snapshot();
        sizes.push(snapshot.byteLength);
        all.push(snapshot);
        await sandbox.destroy();
        sandbox = await boot(round % 2 === 0 ? 'there' : 'here', snapshot);
      }
      const [first = 0, ...later] = sizes;
      for (const size of later) expect(Math.abs(size - first)).toBeLessThan(1000);
      const before = await output(sandbox, DESCRIBE_ALL.replace('stat -c %a closed', ''));
      const alone = await boot('there', all.at(-1));
      expect(await output(alone, DESCRIBE_ALL.replace('stat -c %a closed', ''))).toBe(before);
      expect(await output(alone, 'cat round; ls src')).toBe('round 5\ngone\nkept\nold\nreplaced');
    });

    it.each([
      ['cut off', (snapshot: Buffer) => snapshot.subarray(0, snapshot.length / 2)],
      ['empty', () => Buffer.alloc(0)],
      ['changed in its middle', (snapshot: Buffer) => flipped(snapshot, snapshot.length / 2)],
      ['changed at its end', (snapshot: Buffer) => flipped(snapshot, snapshot.length - 6)],
    ])('says of one that is %s that nothing starts from it, and leaves nothing behind', async (_, damage) => {
      const sandbox = await boot('here');
      await sandbox.write('noise', randomBytes(100_000));
      const snapshot = Buffer.from(await sandbox.snapshot());
      await sandbox.destroy();
      await expect(boot('there', damage(snapshot))).rejects.toThrow(SnapshotUnusableError);
      expect(await on('there').list()).toEqual([]);
    });

    it('knows whether the tree has changed since it was marked or saved', async () => {
      const sandbox = await boot('here');
      const settled = async () => {
        // The clock of files has ticks, and what happens within the tick of a mark counts as after it.
        await output(sandbox, 'sleep 0.05');
        await sandbox.markTree();
      };
      await settled();
      await output(sandbox, 'cat README; ls -R; echo x > /tmp/x; echo x > ~/x; grep -r hello .');
      expect(await sandbox.treeChanged()).toBe(false);
      for (const change of [
        'echo new > src/new',
        'rm src/new',
        'echo more >> README',
        'chmod 600 README',
        'touch -d 2001-01-01 README',
        'mkdir src/deep; mkdir src/deep/er',
        'mv src/deep src/shallow',
        'ln -s README link',
        'rm -r src/gone',
        'rm -rf src/replaced && mkdir src/replaced',
      ]) {
        await output(sandbox, change);
        expect([change, await sandbox.treeChanged()]).toEqual([change, true]);
        await settled();
        expect([change, await sandbox.treeChanged()]).toEqual([change, false]);
      }
      await sandbox.write('README', Buffer.from('written'));
      expect(await sandbox.treeChanged()).toBe(true);
      await output(sandbox, 'sleep 0.05');
      await sandbox.snapshot();
      expect(await sandbox.treeChanged()).toBe(false);
    });
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const place = Math.floor(at);
  copy.writeUInt8(copy.readUInt8(place) ^ 0xff, place);
  return copy;
}
