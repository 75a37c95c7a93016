import type { Sandbox, Sandboxes } from '../../src/sandbox/sandbox.ts';

/** What a validation spends its time on. */
export const KINDS = ['boot', 'script', 'parser', 'git', 'reading', 'destroy'] as const;
export type Kind = (typeof KINDS)[number];

/** When the calls of the sandbox port were under way, by what they were for. */
export interface Watch {
  /** Time of all calls together, those beside each other counted each. */
  spentMs(): Readonly<Record<Kind, number>>;
  /** How long at least one call was under way; the rest of a validation is bookkeeping of our own. */
  busyMs(): number;
  boots(): number;
}

export function watch(sandboxes: Sandboxes): { readonly sandboxes: Sandboxes; readonly seen: Watch } {
  const calls: { readonly kind: Kind; readonly from: number; readonly to: number }[] = [];
  const timed = async <Result>(kind: Kind, work: () => Promise<Result>): Promise<Result> => {
    const from = performance.now();
    try {
      return await work();
    } finally {
      calls.push({ kind, from, to: performance.now() });
    }
  };
  const watched = (sandbox: Sandbox): Sandbox => ({
    ...sandbox,
    run: (command, options) => timed(kindOf(command.argv), () => sandbox.run(command, options)),
    read: (path, options) => timed('reading', () => sandbox.read(path, options)),
    write: (path, content, options) => timed('reading', () => sandbox.write(path, content, options)),
  });
  const seen: Watch = {
    spentMs: () => {
      const of = (kind: Kind): number =>
        calls.filter((call) => call.kind === kind).reduce((sum, { from, to }) => sum + to - from, 0);
      return {
        ...{ boot: of('boot'), script: of('script'), parser: of('parser') },
        ...{ git: of('git'), reading: of('reading'), destroy: of('destroy') },
      };
    },
    busyMs: () => union(calls),
    boots: () => calls.filter(({ kind }) => kind === 'boot').length,
  };
  const own: Sandboxes = {
    ...sandboxes,
    create: (request) => timed('boot', async () => watched(await sandboxes.create(request))),
    destroy: (id) => timed('destroy', () => sandboxes.destroy(id)),
  };
  return { sandboxes: own, seen };
}

/** By how the activities call: the script under its name, the parser isolated, the rest with git or to look around. */
function kindOf(argv: readonly string[]): Kind {
  if (argv.includes('test_script.sh')) return 'script';
  if (argv[0] === 'python3') return 'parser';
  return argv.some((word) => /\bgit\b/.test(word) && argv[0] !== 'find') ? 'git' : 'reading';
}

function union(spans: readonly { readonly from: number; readonly to: number }[]): number {
  let [busy, end] = [0, 0];
  for (const { from, to } of [...spans].sort((one, other) => one.from - other.from)) {
    busy += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return busy;
}
