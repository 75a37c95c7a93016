import type { Configuration } from '../../src/config/configuration.ts';
import { readSubjects } from '../../src/config/corpus.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';

/** Subjects whose tests take a few tenths of a second: what compiles first costs three times as much in all. */
const QUICK = ['cachetools', 'toolz', 'xmltodict', 'object-path', 'secure-json-parse', 'qs'] as const;

export interface LearningRun {
  readonly seed: number;
  readonly steps: number;
  /** By name; all quick ones by default. */
  readonly subjects?: readonly string[] | undefined;
  readonly groupSize?: number | undefined;
}

/** Self-play of the embedded policy, a step of training after each injection group (docs/learning.md). */
export function learningRun(
  { seed, steps, subjects = QUICK, groupSize = 4 }: LearningRun,
  cache: string,
): Configuration {
  const wanted = new Set<string>(subjects);
  const found = readSubjects({ corpus: 'cache:all.jsonl' }, cache).filter(({ name }) => wanted.has(name));
  if (found.length < wanted.size) throw new RangeError('subjects are missing: scripts/setup --only subjects');
  const document = {
    description: 'Self-play of the embedded policy that learns as it goes.',
    subjects: found.map(({ name, source }) => ({ name, ...directoryOf(source) })),
    policy: { kind: 'embedded' },
    seed,
    injection_groups: steps,
    injection_group_size: groupSize,
    attempts: 8,
    episode_window: groupSize,
    grading: { equal_repairs: 'once' },
    // Bugs of second order would be twice the attempts.
    higher_order: { enabled: false },
    training: { trainer: { kind: 'embedded' }, max_lag: 0, batch: { injection_groups: 1 } },
    rollout: { command_seconds: 60 },
    sandbox: { memory_mib: 1024, processes: 128 },
  };
  return readConfiguration(document, 'the learning run');
}

function directoryOf(source: ReturnType<typeof readSubjects>[number]['source']) {
  if (source.kind !== 'directory') throw new RangeError('the subjects of set-up are directories');
  const { directory, environment } = source;
  return { directory, ...(environment === undefined ? {} : { environment }) };
}
