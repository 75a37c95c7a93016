import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { commitBaseline } from '../../../src/activities/tree/git-baseline.ts';
import { ImageNotFoundError } from '../../../src/domain/failure/errors.ts';
import { createDockerSandboxes } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import type { Sandbox, SandboxRequest, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { dockerOptions } from '../../support/docker-engine.ts';
import { busyboxRoot, createTestImages, tree } from '../../support/test-images.ts';
import { aCommand, aSandbox, output, text } from '../contract-host.ts';

const TEST_MS = 120_000;
const PASSWD = 'root:x:0:0:root:/root:/bin/ash\napp:x:1001:1001::/home/app:/bin/ash\n';
const GROUP = 'root:x:0:\napp:x:1001:\nextra:x:2002:app\n';
const SOURCE = { 'README.md': 'hello\n', 'src/main.py': 'print(1)\n' };

interface Expected {
  readonly treeRoot: string;
  readonly uid: string;
  readonly home: string;
}

/** What an episode does with a sandbox, whatever the image: our git, the agent's shell, files, a snapshot. */
async function expectWorks(sandboxes: Sandboxes, request: Partial<SandboxRequest>, expected: Expected): Promise<void> {
  const image = request.source?.kind === 'image' ? request.source : { kind: 'image' as const, image: '' };
  const sandbox = await sandboxes.create(aSandbox({ source: image }, request));
  try {
    expect(sandbox.treeRoot).toBe(expected.treeRoot);
    expect(await shell(sandbox, 'echo "$(id -u) $HOME $PWD"')).toBe(
      `${expected.uid} ${expected.home} ${expected.treeRoot}`,
    );
    expect(await capabilities(sandbox)).toEqual(['0000000000000000']);
    expect(await commitBaseline(sandbox)).toMatchObject({ committed: true });
    await shell(sandbox, 'echo changed >> README.md; mkdir -p new; echo x > new/file; rm -r src');
    expect(await sandbox.write(`${sandbox.treeRoot}/written`, Buffer.from('w'))).toEqual({ written: true });
    expect(await shell(sandbox, 'git status --porcelain | sort')).toBe(
      ' D src/main.py\n M README.md\n?? new/\n?? written',
    );
    const snapshot = await sandbox.snapshot();
    const restored = await sandboxes.create(aSandbox({ source: image }, { ...request, snapshot }));
    expect(await shell(restored, 'cat README.md; ls; git diff --name-only')).toBe(
      'hello\nchanged\nREADME.md\nnew\nwritten\nREADME.md\nsrc/main.py',
    );
    expect(Buffer.from(await restored.snapshot()).equals(snapshot)).toBe(true);
    await restored.destroy();
  } finally {
    await sandbox.destroy();
  }
}

/** As the agent's tool runs a command. */
async function shell(sandbox: Sandbox, script: string): Promise<string> {
  const result = await sandbox.run(aCommand('', { argv: ['bash', '-c', script] }));
  expect([script, result.exitCode, text(result.stdout)]).toEqual([script, 0, expect.anything()]);
  return text(result.stdout).trimEnd();
}

async function capabilities(sandbox: Sandbox): Promise<readonly string[]> {
  const lines = await output(sandbox, 'grep ^Cap /proc/self/status');
  return [...new Set(lines.split('\n').map((line) => line.split('\t')[1] ?? ''))];
}

describe('images as they are', { timeout: TEST_MS }, () => {
  const options = dockerOptions();
  const images = createTestImages(options.baseImage);
  let sandboxes: Sandboxes;

  beforeAll(() => {
    sandboxes = createDockerSandboxes(options);
  });
  afterEach(async () => {
    for (const { id } of await sandboxes.list()) await sandboxes.destroy(id);
  });
  afterAll(async () => {
    await sandboxes.close();
    await images.remove();
  });

  const at = (image: string): Pick<SandboxRequest, 'source'> => ({ source: { kind: 'image', image } });

  describe('a tree and an environment of root', () => {
    let image: string;
    beforeAll(async () => {
      const entries = [
        ...tree('/testbed', SOURCE),
        ...tree('/root', { '.venv/bin/tool': '#!/bin/sh\necho tool of root\n' }, 0, 0o700),
      ];
      const changes = ['WORKDIR /testbed', 'ENV PATH=/root/.venv/bin:/usr/bin:/bin', 'ENTRYPOINT ["false"]'];
      image = await images.fromBase([...entries], changes);
    });

    it('works as it is', async () => {
      await expectWorks(sandboxes, at(image), { treeRoot: '/testbed', uid: '0', home: '/root' });
    });

    it("keeps the image's own variables and ignores its entry point", async () => {
      const sandbox = await sandboxes.create(aSandbox(at(image)));
      expect(await output(sandbox, 'tool; echo $PATH')).toBe('tool of root\n/root/.venv/bin:/usr/bin:/bin');
    });

    it('leaves the supervisor out of the reach of an agent that is root', async () => {
      const sandbox = await sandboxes.create(aSandbox(at(image)));
      const attempts = [
        'kill -9 1; kill -TERM 1; kill -INT 1; kill -HUP 1; kill -USR1 1; false',
        'for pid in /proc/[0-9]*; do [ "$(stat -c %u $pid)" = 64999 ] && kill -9 ${pid#/proc/} && exit 0; done; false',
        'cat /proc/1/environ',
        'readlink /proc/1/fd/0',
        'echo 1000 > /proc/1/oom_score_adj',
        'ls /proc/1/fd/',
        'head -c 1 /proc/1/mem',
        'ls /.selfplay/run',
        'mv /.selfplay /elsewhere',
        'mount -t tmpfs none /.selfplay',
        'rm -rf /.selfplay/bin',
        'touch /.selfplay/supervisor/x',
        'chown 1000 README.md',
        'chmod u+s /bin/ls && /bin/ls -l /bin/ls | grep rws && false',
        'su nobody -s /bin/sh -c true',
        'mknod /dev/disk b 8 0',
        'dd if=/dev/mem count=1',
      ];
      for (const attempt of attempts) {
        const result = await sandbox.run(aCommand(attempt, { timeoutMs: 20_000 }));
        expect([attempt, result.exitCode]).not.toEqual([attempt, 0]);
      }
      await sandbox.run(aCommand('kill -9 -1'));
      expect(await output(sandbox, 'id -u')).toBe('0');
      const again = createDockerSandboxes(options);
      expect(await output(await again.attach(sandbox.id), 'echo attached')).toBe('attached');
      await again.close();
    });

    it('ends whatever an agent that is root leaves behind', async () => {
      const sandbox = await sandboxes.create(aSandbox(at(image)));
      await sandbox.run(aCommand('setsid sleep 4321 & (setsid nohup sleep 4321 >/dev/null 2>&1 &); echo'));
      expect(
        await output(sandbox, 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " | grep -c "sleep 432[1]"; true'),
      ).toBe('0');
    });
  });

  it('works where there is only busybox, and no user of the tree is known', async () => {
    const image = await images.fromScratch([...(await busyboxRoot()), ...tree('/app', SOURCE, 4711)], ['WORKDIR /app']);
    await expectWorks(sandboxes, at(image), { treeRoot: '/app', uid: '4711', home: '/' });
    const sandbox = await sandboxes.create(aSandbox(at(image)));
    expect(
      await output(sandbox, 'readlink /proc/$$/exe; for name in git bash python3; do command -v $name; done'),
    ).toBe('/bin/busybox\n/.selfplay/path/git/git\n/.selfplay/path/bash/bash\n/.selfplay/path/python3/python3');
    expect(await output(sandbox, 'python3 -c "import json, ssl, sqlite3; print(json.dumps([1]))"')).toBe('[1]');
  });

  it("is not led to the libraries that an image's variables name", async () => {
    const entries = [...(await busyboxRoot()), ...tree('/app', SOURCE)];
    const image = await images.fromScratch(entries, ['WORKDIR /app', 'ENV LD_PRELOAD=/x.so', 'ENV PYTHONHOME=/x']);
    const sandbox = await sandboxes.create(aSandbox(at(image)));
    expect(await output(sandbox, 'echo $LD_PRELOAD $PYTHONHOME')).toBe('/x.so /x');
  });

  describe('an image with a user of its own', () => {
    let image: string;
    beforeAll(async () => {
      const users = tree('/etc', { passwd: PASSWD, group: GROUP });
      const home = [...tree('/home', {}), ...tree('/home/app', {}, 1001), ...tree('/home/app/project', SOURCE, 1001)];
      const changes = ['WORKDIR /home/app/project', 'USER app', 'CMD ["false"]', 'ENV COLOUR="deep blue"'];
      image = await images.fromScratch([...(await busyboxRoot()), ...users, ...home], changes);
    });

    it('works as the owner of the tree', async () => {
      await expectWorks(sandboxes, at(image), { treeRoot: '/home/app/project', uid: '1001', home: '/home/app' });
      const sandbox = await sandboxes.create(aSandbox(at(image)));
      expect(await output(sandbox, 'id -G; echo $COLOUR; echo $GOMAXPROCS')).toBe('1001 2002\ndeep blue\n2');
    });

    it.each([
      ['app', '1001 1001'],
      ['1001', '1001 1001'],
      ['app:extra', '1001 2002'],
      ['0', '0 0'],
      ['5000:6000', '5000 6000'],
      ['5000', '5000 5000'],
    ])('works as %s when asked to', async (agentUser, ids) => {
      const sandbox = await sandboxes.create(aSandbox(at(image), { agentUser }));
      expect(await output(sandbox, 'echo $(id -u) $(id -g)')).toBe(ids);
      expect(await capabilities(sandbox)).toEqual(['0000000000000000']);
    });

    it('lets git work for a user who does not own the tree', async () => {
      const owner = await sandboxes.create(aSandbox(at(image)));
      await commitBaseline(owner);
      const snapshot = await owner.snapshot();
      const stranger = await sandboxes.create(aSandbox(at(image), { agentUser: '5000', snapshot }));
      expect(await output(stranger, 'git log --format=%s')).toBe('baseline');
    });

    it('says which users there are when it lacks the one that is asked for', async () => {
      const creation = sandboxes.create(aSandbox(at(image), { agentUser: 'nobody-here' }));
      await expect(creation).rejects.toThrow(ImageNotFoundError);
      await expect(creation).rejects.toThrow(/no user nobody-here.*root, app/);
      expect(await sandboxes.list()).toEqual([]);
    });
  });

  describe('a tree that is not in the working directory', () => {
    const git = {
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/config': '',
      '.git/refs/heads/.keep': '',
      '.git/objects/.keep': '',
    };

    it('is the only directory with .git', async () => {
      const entries = [
        ...(await busyboxRoot()),
        ...tree('/srv', {}),
        ...tree('/srv/project', { ...SOURCE, ...git }, 1001),
      ];
      const image = await images.fromScratch(entries, []);
      await expectWorks(sandboxes, at(image), { treeRoot: '/srv/project', uid: '1001', home: '/' });
    });

    it('is asked for when there are several, or none', async () => {
      const two = [...tree('/one', git), ...tree('/two', { ...SOURCE, ...git })];
      const several = await images.fromScratch([...(await busyboxRoot()), ...two], ['WORKDIR /root']);
      const creation = sandboxes.create(aSandbox(at(several)));
      await expect(creation).rejects.toThrow(ImageNotFoundError);
      await expect(creation).rejects.toThrow(/\(\/root\) holds no source.*\/one, \/two.*repoRoot/);
      await expectWorks(sandboxes, { ...at(several), repoRoot: '/two' }, { treeRoot: '/two', uid: '0', home: '/' });
      const none = await images.fromScratch(await busyboxRoot(), []);
      await expect(sandboxes.create(aSandbox(at(none)))).rejects.toThrow(/no directory holds \.git/);
      await expect(sandboxes.create(aSandbox(at(none), { repoRoot: '/absent' }))).rejects.toThrow(/\/absent/);
    });
  });
});
