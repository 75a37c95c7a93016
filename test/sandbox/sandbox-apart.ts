import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Sandbox, Sandboxes } from '../../src/sandbox/sandbox.ts';
import { aCommand, aSandbox, type ContractHost, endAll, output, text } from './contract-host.ts';

/** What a command can leave for a later one, and how that one looks for it. It is found in a sandbox that keeps state. */
const TRACES: readonly {
  readonly what: string;
  readonly leave: string;
  readonly look: string;
  /** Whatever the sandbox, it ends with its command. */
  readonly ends?: true;
}[] = [
  ...['/tmp', '/var/tmp', '/dev/shm', '$HOME', '.'].map((place) => ({
    what: `a file in ${place}`,
    leave: `echo seen > ${place}/trace; test -s ${place}/trace`,
    look: `cat ${place}/trace 2> /dev/null; ls -A ${place}`,
  })),
  { what: 'the time stamp of a folder', leave: 'touch -d 2001-01-01 .', look: 'stat -c %y . | grep 2001' },
  { what: 'the mode of a folder', leave: 'chmod 711 .', look: 'stat -c %a . | grep 711' },
  {
    what: 'a process that outlives its parent',
    leave: 'setsid sleep 300 > /dev/null 2>&1 & sleep 0.1',
    look: 'cat /proc/[0-9]*/comm | grep sleep',
    ends: true,
  },
  {
    what: 'the numbers of processes',
    leave: 'for i in 1 2 3 4 5 6 7 8 9; do (:); done; echo $$',
    look: 'test $$ -gt 9 && echo $$',
  },
  {
    what: 'a queue of messages that the kernel keeps',
    leave: 'python3 -c "import ctypes; assert ctypes.CDLL(None).msgget(77, 0o1666) >= 0"',
    look: 'python3 -c "import ctypes; print(ctypes.CDLL(None).msgget(77, 0) >= 0 and 77)" | grep 77',
  },
  {
    what: 'what the loopback has counted',
    leave:
      "python3 -c \"import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'.', ('127.0.0.1', 9))\" || true",
    look: "awk '/^Udp: [0-9]/ && $5 > 0' /proc/net/snmp",
  },
  {
    what: 'the processor time that has been used',
    leave: 'python3 -c "sum(range(3000000))"',
    look: 'cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpuacct/cpuacct.usage /sys/fs/cgroup/cpu,cpuacct/cpuacct.usage 2> /dev/null',
  },
];

/** Suite 3: a sandbox without a tree keeps its commands apart. */
export function describeCommandsApart(
  name: string,
  /** Whether commands of one sandbox with a tree share all that could tell of them: then each trace is found there. */
  { sharesElsewhere }: { readonly sharesElsewhere: boolean },
  makeHost: () => Promise<ContractHost>,
): void {
  describe(`${name} keeps commands apart where there is no tree`, { timeout: 120_000 }, () => {
    let host: ContractHost;
    let sandboxes: Sandboxes;
    let tools: Sandbox;

    beforeAll(async () => {
      host = await makeHost();
      sandboxes = host.open();
      tools = await sandboxes.create(aSandbox(host, { source: { kind: 'tools' } }));
    });
    afterAll(async () => {
      await endAll(sandboxes);
      await host.cleanUp();
    });

    it('says so, and of a sandbox with a tree the opposite', async () => {
      expect(tools.apart).toBe(true);
      const withTree = await sandboxes.create(aSandbox(host));
      expect(withTree.apart).toBe(false);
      await withTree.destroy();
    });

    it.each(TRACES)('shows no command $what of an earlier one', async ({ leave, look }) => {
      const left = await tools.run(aCommand(leave));
      expect(left, text(left.stdout)).toMatchObject({ ending: 'exited', exitCode: 0 });
      expect(await output(tools, `${look} || true`)).toBe('');
    });

    if (sharesElsewhere)
      it.each(TRACES.filter(({ ends }) => ends !== true))(
        'would show $what where commands are not kept apart',
        async ({ leave, look }) => {
          const withTree = await sandboxes.create(aSandbox(host));
          await output(withTree, leave);
          expect(await output(withTree, `${look} || true`)).not.toBe('');
          await withTree.destroy();
        },
      );

    it('shows no command what another does beside it', async () => {
      const beside = tools.run(aCommand('echo seen > /tmp/trace; sleep 2; cat /tmp/trace'));
      const looked = await output(tools, 'sleep 1; ls -A /tmp; cat /proc/[0-9]*/comm | grep -c sleep || true');
      expect(looked).toBe('0');
      expect(text((await beside).stdout)).toBe('seen\n');
    });

    it('gives a command the exit code that it would have elsewhere', async () => {
      for (const [script, exitCode] of [
        ['exit 3', 3],
        ['kill -TERM $$', 143],
        ['kill -KILL $$', 137],
        ['exec /nowhere', 127],
      ] as const)
        expect(await tools.run(aCommand(script))).toMatchObject({ ending: 'exited', exitCode });
    });

    it('ends a command that takes too long, with all that it started', async () => {
      const result = await tools.run(aCommand('setsid sleep 300 & sleep 300', { timeoutMs: 500 }));
      expect(result.ending).toBe('timed-out');
      expect(await output(tools, 'cat /proc/[0-9]*/comm | grep sleep || true')).toBe('');
    });

    it('lets a command write nothing but what is gone with it', async () => {
      expect(
        await output(
          tools,
          'for place in / /etc /usr /root; do touch $place/x 2> /dev/null && echo $place; done; true',
        ),
      ).toBe('');
    });

    it('gives no command a namespace or a mount of its own making', async () => {
      const tries = ['unshare --user true', 'unshare --mount true', 'mount -t tmpfs none /tmp'];
      for (const attempt of tries) expect((await tools.run(aCommand(attempt))).exitCode, attempt).not.toBe(0);
    });
  });
}
