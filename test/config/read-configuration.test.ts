import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { outputTokensOf } from '../../src/config/output-tokens.ts';
import { configurationNames, loadConfiguration, readConfiguration } from '../../src/config/read-configuration.ts';
import { InvalidConfigError } from '../../src/domain/failure/errors.ts';

const least = { subjects: [{ directory: '/tiny' }], policy: { kind: 'embedded' }, injection_groups: 1 };
const openai = { kind: 'openai', base_url: 'http://127.0.0.1:8000/v1', model: 'policy' };

/** The problem of a document, without the line that says where it comes from. */
function problemOf(changes: Readonly<Record<string, unknown>>): string {
  try {
    readConfiguration({ ...least, ...changes }, 'run.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfigError);
    const [headline, ...problems] = error instanceof Error ? error.message.split('\n') : [];
    expect(headline).toBe('run.yaml is not a valid configuration:');
    return problems.join('\n');
  }
  return 'none';
}

describe('a configuration', () => {
  it('has a default for everything that is not said', () => {
    expect(readConfiguration(least, 'run.yaml')).toMatchObject({
      injectionGroupSize: 4,
      strategies: { removal: 0.5, history: 0.5, direct: 0 },
      attempts: 8,
      rewards: { alpha: 0.8, variant: 'solve-rate' },
      higherOrder: { enabled: true, maxPerBug: 1, rewardInjector: false },
      validation: { profile: 'strict', minPassingTests: 5, minChangedFiles: 1, minFailingTests: 1 },
      rollout: {
        turns: 128,
        contextTokens: 131_072,
        commandSeconds: 120,
        sandboxSeconds: 2400,
        sliceSeconds: 10,
        temperature: 1,
        topP: 1,
      },
      sandbox: { leaseSeconds: 120 },
    });
  });

  it('shows a model less of a result than the embedded policy, unless it says how much', () => {
    const shown = (changes: object) => outputTokensOf(readConfiguration({ ...least, ...changes }, 'run.yaml'));
    const model = { policy: { kind: 'openai', baseUrl: 'http://127.0.0.1:8000/v1', model: 'm' } };
    expect([shown(model), shown({}), shown({ ...model, rollout: { output_tokens: 5 } })]).toEqual([8192, 32_768, 5]);
  });

  it('reads the same in snake_case and in camelCase', () => {
    const snake = { validation: { min_passing_tests: 9 }, higher_order: { max_per_bug: 2 }, episode_window: 3 };
    const camel = { validation: { minPassingTests: 9 }, higherOrder: { maxPerBug: 2 }, episodeWindow: 3 };
    expect(readConfiguration({ ...least, ...snake }, 'a')).toEqual(readConfiguration({ ...least, ...camel }, 'b'));
  });

  it('keeps the names of subjects as they are written', () => {
    const subjects = [{ directory: '/my_package/with_underscores', name: 'my_package' }];
    expect(readConfiguration({ ...least, subjects }, 'a').subjects).toMatchObject(subjects);
  });
});

describe('a mistake', () => {
  it.each([
    {
      name: 'a typo at the top',
      changes: { atempts: 8 },
      problem: '  atempts: unknown key; did you mean "attempts"?',
    },
    {
      name: 'a typo deep inside, in the spelling of the user',
      changes: { validation: { min_pasing_tests: 3 } },
      problem: '  validation.min_pasing_tests: unknown key; did you mean "min_passing_tests"?',
    },
    {
      name: 'a key that is like none',
      changes: { sandbox: { zzz: 1 } },
      problem: /^ {2}sandbox\.zzz: unknown key; known here: memory_mib, processes, .*lease_seconds$/,
    },
    {
      name: 'a wrong value',
      changes: { rollout: { slice_seconds: -3 } },
      problem: /^ {2}rollout\.slice_seconds: .+ \(is -3\)$/,
    },
    {
      name: 'a value of another kind',
      changes: { attempts: 'eight' },
      problem: /^ {2}attempts: .*number.* \(is "eight"\)$/,
    },
    {
      name: 'a value that is none of a few',
      changes: { validation: { profile: 'lax' } },
      problem: /^ {2}validation\.profile: .*"strict".*"paper".* \(is "lax"\)$/,
    },
    { name: 'a policy of no kind', changes: { policy: { kind: 'magic' } }, problem: /^ {2}policy\.kind: .*/ },
    {
      name: 'neither corpus nor subjects',
      changes: { subjects: undefined },
      problem: /give either corpus or subjects/,
    },
    {
      name: 'repair-only without bugs',
      changes: { mode: 'repair-only' },
      problem: /bugs: mode: repair-only plays the bugs of/,
    },
    { name: 'both corpus and subjects', changes: { corpus: 'x.jsonl' }, problem: /give either corpus or subjects/ },
    {
      name: 'a subject with image and directory',
      changes: { subjects: [{ image: 'a', directory: '/b' }] },
      problem: /^ {2}subjects\.0: a subject has either an image or a directory/,
    },
    {
      name: 'more valid attempts than attempts',
      changes: { attempts: 2, min_valid_attempts: 3 },
      problem: '  min_valid_attempts: cannot be more than attempts (is 3)',
    },
    {
      name: 'no strategy at all',
      changes: { strategies: { removal: 0, history: 0, direct: 0 } },
      problem: /^ {2}strategies: at least one strategy needs a share above 0/,
    },
    {
      name: 'a secret in place of the name of its variable',
      changes: { policy: { ...openai, api_key_env: 'sk-abc.def' } },
      problem: /^ {2}policy\.api_key_env: .*NAME of an environment variable/,
    },
  ])('is told with its place, its value and the way out: $name', ({ changes, problem }) => {
    if (typeof problem === 'string') expect(problemOf(changes)).toBe(problem);
    else expect(problemOf(changes)).toMatch(problem);
  });

  it('does not hide another', () => {
    expect(problemOf({ atempts: 8, seed: -1 }).split('\n')).toHaveLength(2);
  });

  it('is told for a document that is no mapping', () => {
    for (const document of [undefined, null, 'demo', 3, []]) {
      expect(() => readConfiguration(document, 'run.yaml')).toThrow(
        /run\.yaml is not a valid configuration:\n {2}\(top level\): /,
      );
    }
  });
});

describe('loadConfiguration', () => {
  it.each(configurationNames())('reads config/%s.yaml by its name', (name) => {
    expect(loadConfiguration(name).injectionGroups).toBeGreaterThan(0);
  });

  it('says which configurations there are when one is not found', () => {
    expect(() => loadConfiguration('dmeo')).toThrow(/there is no configuration "dmeo" .*one of: .*demo.*paper/);
  });

  it('reads YAML and JSON files, and says where a file is neither', () => {
    const folder = mkdtempSync(join(tmpdir(), 'selfplay-config-'));
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    try {
      const json = write('run.json', JSON.stringify(least));
      const yaml = write(
        'run.yaml',
        'subjects:\n  - directory: /tiny\npolicy: {kind: embedded}\ninjection_groups: 1\n',
      );
      expect(loadConfiguration(json)).toEqual(loadConfiguration(yaml));
      expect(() => loadConfiguration(write('bad.yaml', 'a: [1\nb: 2'))).toThrow(/bad\.yaml is neither YAML nor JSON: /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
