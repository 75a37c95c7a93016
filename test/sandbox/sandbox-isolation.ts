import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { homedir, hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox, Sandboxes } from '../../src/sandbox/sandbox.ts';
import { aCommand, aSandbox, type ContractHost, endAll, eventually, output, text } from './contract-host.ts';

const TEST_MS = 120_000;

/** A host of suite 2: which paths of the host hold something that a sandbox must not see. */
export interface IsolationHost extends ContractHost {
  readonly privatePaths: readonly string[];
  /** Matches the command line of what serves the sandboxes from outside, but not itself. */
  readonly supervisorPattern: string;
}

export interface IsolationFeatures {
  /** Whether programs come from the host, and then nothing but an allow-list of it, or from an image. */
  readonly rootFileSystem: 'host' | 'image';
}

/** Suite 2: what every adapter with real programs keeps apart, as far as its capabilities declare it. */
export function describeSandboxIsolation(
  name: string,
  features: IsolationFeatures,
  makeHost: () => Promise<IsolationHost>,
): void {
  describe(`${name} isolates`, { timeout: TEST_MS }, () => {
    let host: IsolationHost;
    let sandboxes: Sandboxes;
    let sandbox: Sandbox;
    const small = { memoryBytes: 256 * 1024 ** 2, processes: 50, fileBytes: 1024 ** 2, cores: 1 };

    beforeAll(async () => {
      host = await makeHost();
      sandboxes = host.open();
      sandbox = await sandboxes.create(aSandbox(host, { limits: small }));
    });
    afterAll(async () => {
      await endAll(sandboxes);
      await host.cleanUp();
    });

    it('hides what its agent cannot remove, from commands and from reading, by whatever links', async () => {
      const hiding = await sandboxes.create(aSandbox(host));
      await output(hiding, 'ln -s /etc/group /tmp/link; ! rm -rf /etc/group /etc/alternatives 2> /dev/null');
      expect(await output(hiding, 'cat /etc/group; ls /etc/alternatives')).not.toBe('');
      await hiding.hide([
        { path: '/etc/group', directory: false },
        { path: '/etc/alternatives', directory: true },
      ]);
      expect(await output(hiding, 'cat /etc/group /tmp/link; ls -A /etc/alternatives; true')).not.toMatch(/root|awk/);
      for (const place of ['/etc/group', '/tmp/link', '/etc/alternatives/awk'])
        expect((await hiding.read(place, { maxBytes: 1_000_000 })).found).toBe(false);
      await hiding.destroy();
    });

    it('has no network but its own loopback', async () => {
      const server = createServer((_, response) => response.end('reached'));
      await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const attempt = `import socket
for host in ("127.0.0.1", "1.1.1.1", "10.0.0.1"):
    try:
        socket.create_connection((host, ${port}), 2); print("reached", host)
    except OSError: pass
for family in (socket.AF_PACKET, socket.AF_INET):
    try: socket.socket(family, socket.SOCK_RAW, 1); print("raw socket")
    except OSError: pass`;
      expect(
        await output(sandbox, `python3 -c '${attempt.replaceAll("'", '"')}'; tail -n +3 /proc/net/dev | cut -d: -f1`),
      ).toBe('    lo');
      server.close();
    });

    it('shows no file that lies on the host', async () => {
      const secret = `secret-${randomUUID()}`;
      const places = [tmpdir(), homedir(), '/var/lib', '/etc', '/srv'].map((place) => path.join(place, secret));
      for (const place of places) await writeFile(place, 'secret').catch(() => undefined);
      expect(places.filter((place) => existsSync(place))).not.toEqual([]);
      const sockets = ['/run/docker.sock', '/var/run/docker.sock', '/run/containerd'];
      const visible = [...sockets, ...host.privatePaths].filter((file) => existsSync(file));
      const script = visible.map((file) => `ls -A '${file}' 2>/dev/null`).join('; ');
      expect(await output(sandbox, `${script}; find / -name ${secret} 2>/dev/null; true`)).toBe('');
      expect(await output(sandbox, 'cat /etc/hostname 2>/dev/null; uname -n')).not.toContain(hostname());
      for (const place of places) await rm(place, { force: true });
    });

    const itWithHostPrograms = features.rootFileSystem === 'host' ? it : () => undefined;
    itWithHostPrograms('shows nothing of the host beyond the allow-list', async () => {
      const secret = path.join(tmpdir(), `secret-${randomUUID()}`);
      await writeFile(secret, 'secret');
      const paths = [
        secret,
        homedir(),
        '/root',
        '/work',
        '/etc/shadow',
        '/etc/machine-id',
        '/etc/hostname',
        '/etc/ssh',
      ];
      paths.push(
        '/var/lib',
        '/var/log',
        '/run/docker.sock',
        '/sys',
        '/boot',
        '/mnt',
        '/srv',
        '/old_root',
        '/proc/kcore',
      );
      const visible = [...paths, ...host.privatePaths].filter((file) => existsSync(file));
      const script = visible.map((file) => `cat '${file}' 2>/dev/null; ls -A '${file}' 2>/dev/null`).join('; ');
      expect(await output(sandbox, `${script}; true`)).toBe('');
      expect(await output(sandbox, 'ls /')).not.toMatch(/root|work|sys|srv|mnt|media/);
      expect(await output(sandbox, 'cut -d: -f1 /etc/passwd /etc/group | sort -u | tr "\\n" " "')).toBe(
        'agent nobody nogroup root',
      );
      await rm(secret);
    });

    it('shows no process, environment or open file of the host', async () => {
      const marked = `MARK_${randomUUID().slice(0, 8)}`;
      process.env[marked] = marked;
      expect(await output(sandbox, 'ls -d /proc/[0-9]* | wc -l')).toMatch(/^[1-9]$/);
      expect(
        await output(sandbox, `cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c ${marked} || true`),
      ).toBe('0');
      const { [marked]: _, ...environment } = process.env;
      process.env = environment;
      expect(
        await output(
          sandbox,
          `cat /proc/*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -o '${host.supervisorPattern}' || true`,
        ),
      ).toBe('');
      expect(
        await output(
          sandbox,
          'for fd in /proc/self/fd/*; do readlink $fd; done | grep -v -e pipe: -e /dev/null -e /proc || true',
        ),
      ).toBe('');
      expect(
        await output(
          sandbox,
          'for fd in /proc/1/fd/*; do readlink $fd; done 2>/dev/null | grep -e socket: -e "ns/" || true',
        ),
      ).toBe('');
    });

    it('lets nothing of the host be written', async () => {
      const name = `intruder-${randomUUID()}`;
      const places =
        '/ /usr /usr/bin /etc /etc/alternatives /proc /proc/sys/kernel /dev /opt /run /home /var /usr/local/lib';
      expect(
        await output(sandbox, `for place in ${places}; do touch $place/${name} 2>/dev/null && echo $place; done; true`),
      ).toBe('');
      expect(
        await output(
          sandbox,
          'for file in /etc/passwd /usr/bin/env /proc/sys/kernel/hostname; do echo x 2>/dev/null >> $file && echo $file; done 2>/dev/null; true',
        ),
      ).toBe('');
      await output(sandbox, `touch /tmp/${name} /repo/${name} ~/${name} /var/tmp/${name}`);
      for (const place of ['/tmp', '/var/tmp', '/usr', '/']) expect(existsSync(path.join(place, name))).toBe(false);
    });

    it('leaves the source as it was', async () => {
      await output(sandbox, 'rm -rf src README; echo changed > README');
      const { source } = host;
      if (source.kind === 'directory') {
        expect(await readFile(path.join(source.directory, 'README'), 'utf8')).toBe('hello\n');
      }
      const fresh = await sandboxes.create(aSandbox(host));
      expect(await output(fresh, 'cat README; cat src/old')).toBe('hello\nold');
      await fresh.destroy();
    });

    it('gives no capability, no set-id program, no mount and no further namespace', async () => {
      expect(
        await output(sandbox, "grep -E 'Cap(Prm|Eff|Bnd|Amb)' /proc/self/status | awk '{print $2}' | sort -u"),
      ).toBe('0000000000000000');
      expect(await output(sandbox, 'grep NoNewPrivs /proc/self/status')).toMatch(/1$/);
      const attempts = [
        'mount -t tmpfs none /tmp',
        'mount --bind /tmp /repo',
        'umount /proc',
        'umount -l /usr',
        'mount -o remount,rw /usr',
        'unshare -r true',
        'unshare -m true',
        'chroot / true',
        'mknod /tmp/disk b 8 0',
        'hostname other',
        'su -c true',
        'kill -0 1 && kill -9 1 && sleep 1 && kill -9 1 && false',
        'chmod 777 /usr',
        'nsenter -t 1 -m true',
      ];
      for (const attempt of attempts) {
        const result = await sandbox.run(aCommand(attempt, { timeoutMs: 20_000 }));
        expect([attempt, result.exitCode]).not.toEqual([attempt, 0]);
      }
    });

    it('gives the environment of a command to that command alone', async () => {
      // The loader complains once for each program that is started with it: what starts the command must not be.
      const env = { LD_PRELOAD: '/repo/absent.so' };
      const { stdout, exitCode } = await sandbox.run(aCommand('', { argv: ['true'], env }));
      expect(exitCode).toBe(0);
      expect(text(stdout).trim().split('\n')).toHaveLength(1);
    });

    it('survives a program that kills all it can', async () => {
      await sandbox.run(aCommand('kill -9 -1; kill -9 1; kill -9 -$$'));
      expect(await output(sandbox, 'echo alive')).toBe('alive');
    });

    it('hides the supervisor and its socket', async () => {
      const found =
        'find / -xdev \\( -name "supervisor*" -o -type s \\) -not -path "/usr/*" 2>/dev/null; cat /proc/net/unix | tail -n +2';
      expect(await output(sandbox, `${found}; true`)).toBe('');
    });

    it('bounds a fork bomb, answers meanwhile, and is whole afterwards', async () => {
      // Not a shell that lights the bomb itself: a shell whose first fork finds no place left gives up and exits.
      const light =
        "import os, time\nlit = None\nwhile lit is None:\n  try: lit = os.fork()\n  except OSError: pass\nif lit == 0: os.execvp('bash', ['bash', '-c', 'bomb() { bomb | bomb & }; bomb'])\ntime.sleep(1000)";
      const bomb = sandbox.run(aCommand('', { argv: ['python3', '-c', light], timeoutMs: 4000 }));
      const counter =
        'import os\nn=0\ntry:\n  while True:\n    if os.fork()==0: os.read(os.pipe()[0],1)\n    n+=1\nexcept OSError: print(n)';
      const counted = await sandbox.run(aCommand('', { argv: ['python3', '-c', counter] }));
      expect(Number(text(counted.stdout))).toBeLessThan(small.processes + 1);
      expect((await sandbox.write('/tmp/meanwhile', Buffer.from('x'))).written).toBe(true);
      expect((await bomb).ending).toBe('timed-out');
      expect(await output(sandbox, 'echo whole')).toBe('whole');
    });

    it('limits the memory of a process', async () => {
      const taken = 'x = bytearray(200 << 20); print("within"); y = bytearray(200 << 20); print("beyond")';
      const result = await sandbox.run(aCommand('', { argv: ['python3', '-c', taken], separateStderr: true }));
      expect(text(result.stdout)).toBe('within\n');
      expect(result.exitCode).not.toBe(0);
    });

    it('limits the size of a file, of shared memory and the number of open files', async () => {
      expect((await sandbox.run(aCommand('head -c 2000000 /dev/zero > /tmp/large'))).exitCode).not.toBe(0);
      expect(Number(await output(sandbox, 'stat -c %s /tmp/large'))).toBeLessThan(1024 ** 2 + 1);
      const fill =
        'for i in $(seq 100); do head -c 1000000 /dev/zero > /dev/shm/$i || break; done 2>/dev/null; ls /dev/shm | wc -l';
      expect(Number(await output(sandbox, fill))).toBeLessThan(80);
      expect(await output(sandbox, 'ulimit -c')).toBe('0');
    });

    it('keeps sandboxes of one source apart', async () => {
      const other = await sandboxes.create(aSandbox(host));
      await output(other, 'echo theirs > /tmp/theirs; echo theirs > /repo/theirs; chmod 666 /tmp/theirs');
      const held = other.run(aCommand('exec 3< /tmp/theirs; sleep 1000', { timeoutMs: 3000 }));
      expect(
        await output(sandbox, 'find / -name theirs 2>/dev/null; ls /proc/[0-9]*/fd 2>/dev/null | grep -c theirs; true'),
      ).toBe('0');
      await held;
      await other.destroy();
    });

    it('removes whatever the agent made hard to remove', async () => {
      const hostile = await sandboxes.create(aSandbox(host));
      const deep = 'import os\nfor _ in range(1500): os.mkdir("d"*20); os.chdir("d"*20)';
      await output(
        hostile,
        `mkdir -p shut/inner && touch shut/inner/file && chmod 000 shut/inner shut && python3 -c '${deep}'`,
      );
      await hostile.destroy();
      await eventually(async () => !(await sandboxes.list()).some(({ id }) => id === hostile.id));
    });
  });
}
