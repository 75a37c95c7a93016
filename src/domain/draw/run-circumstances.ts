import { seededDraw, seededInteger, seededOrder } from './seeded-draw.ts';

/** What a run of the tests happens under beside the state of the tree. */
export interface RunCircumstances {
  /** Process ids to spend before the script starts. */
  readonly spentProcessIds: number;
  /** Variables on top of the image's own. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Draws what must not matter to a test (docs/specification.md#validation): process ids, hash seed, time zone, host name
 * as far as programs ask the environment, home and temp directory. Repeat 0 leaves the image's own environment alone.
 *
 * Whoever wrote the code under test cannot know the seed, so nobody can search for an artifact that looks stable under
 * just these circumstances. The environment belongs to the repeat: what differs between two states under one repeat is
 * the state. Process ids belong to the run.
 */
export function runCircumstances(
  seed: number,
  { state, repeat }: { readonly state: string; readonly repeat: number },
): RunCircumstances {
  return { spentProcessIds: spentProcessIds(seed, state, repeat), env: repeat === 0 ? {} : environment(seed, repeat) };
}

/** Repeats of a state, one after the other, take all remainders by this: what goes by odd and even ids always shows. */
const REMAINDERS = 4;

/** Beyond that, so many amounts are as likely as each other: 64 at most are spent, a millisecond each. */
const SPREAD = 16;

function spentProcessIds(seed: number, state: string, repeat: number): number {
  const first = Math.floor(REMAINDERS * seededDraw(seed, 'process ids', state));
  const rest = Math.floor(SPREAD * seededDraw(seed, 'process ids', state, repeat));
  return REMAINDERS * rest + ((first + repeat) % REMAINDERS);
}

/** Offsets that no test expects; the buggy repeats see all of them, so a test that one of them breaks is found. */
const TIME_ZONES = ['Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham'] as const;

function environment(seed: number, repeat: number): Readonly<Record<string, string>> {
  const zones = seededOrder(TIME_ZONES, (zone) => zone, seed, 'time zone');
  const word = (what: string) => seededInteger(seed, what, repeat).toString(36);
  return {
    PYTHONHASHSEED: String(seededInteger(seed, 'hash seed', repeat)),
    TZ: zones[(repeat - 1) % zones.length] ?? TIME_ZONES[0],
    HOSTNAME: word('host name'),
    HOME: `/tmp/${word('home')}`,
    TMPDIR: `/tmp/${word('temp directory')}`,
  };
}
