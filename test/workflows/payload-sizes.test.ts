import { describe, expect, it } from 'vitest';

import { firstNames, nameList } from '../../src/domain/record/finding.ts';
import { playEpisode } from '../../src/workflows/play-episode.ts';
import { newTraining } from '../../src/workflows/training-state.ts';
import { anEpisodeInput, aSubject } from '../support/run-fixture.ts';
import { episodeSteps } from './episode-steps.ts';

/** The server takes 2 MiB; what is a hundredth of that stays far below, whatever a later version adds. */
const LARGEST_PAYLOAD_CHARS = 20 * 1024;

/** As many attempts as anybody plays, half of them repairs that are bugs of their own. */
const ATTEMPTS = 64;

/** Names as long as a parser may report them, and as many of them as a sentence is given. */
const names = Array.from({ length: 50_000 }, (_, index) => `${index} ${'n'.repeat(2_000)}`);

/** Every payload of an episode: what its steps take and bring, and how large it is. */
async function payloadsOf(attempts: number) {
  const scene = episodeSteps({
    attempts: Array.from({ length: attempts }, (_, index) => (index % 2 === 0 ? 'solved' : 'unsolved')),
    recycled: Array.from({ length: attempts / 2 }, (_, index) => `run/episode-0/bug-${index}`),
  });
  const sizes = new Map<string, number>();
  const note = (name: string, value: unknown) => {
    const size = value === undefined ? 0 : JSON.stringify(value).length;
    sizes.set(name, Math.max(size, sizes.get(name) ?? 0));
  };
  const steps = new Proxy(scene.steps, {
    get: (target, name): unknown => {
      const step: unknown = Reflect.get(target, name);
      if (
        typeof step !== 'function' ||
        ['together', 'isCancellation', 'isInfrastructureFailure'].includes(String(name))
      )
        return step;
      return async (...input: readonly unknown[]): Promise<unknown> => {
        note(`input of ${String(name)}`, input);
        const told: unknown = await Reflect.apply(step, target, input);
        // A sentence of a check or a grade names what it is about.
        const result = withLongWords(told);
        note(`result of ${String(name)}`, result);
        return result;
      };
    },
  });
  const config = { attempts, higher_order: { max_per_bug: attempts } };
  const subject = aSubject({
    name: 'n'.repeat(200),
    source: { kind: 'directory', directory: `/${'d'.repeat(4_000)}` },
  });
  note('its input', anEpisodeInput({ config, subject }));
  note('its result', await playEpisode(anEpisodeInput({ config, subject }), steps));
  return sizes;
}

function withLongWords(told: unknown): unknown {
  if (typeof told !== 'object' || told === null || !('reason' in told)) return told;
  return { ...told, reason: `the tests ${nameList(names)} fail` };
}

describe('an episode of many attempts with long texts', () => {
  it('hands small payloads to its steps and its run', async () => {
    const sizes = await payloadsOf(ATTEMPTS);
    expect(sizes.size).toBeGreaterThan(10);
    expect([...sizes].filter(([, size]) => size > LARGEST_PAYLOAD_CHARS)).toEqual([]);
  });
});

describe('a run with as many episodes in flight as there may be', () => {
  it('hands less to its next life than the server takes, with as many bugs waiting and long paths', () => {
    const subject = aSubject({
      name: 'n'.repeat(100),
      source: { kind: 'directory', directory: `/${'d'.repeat(255)}` },
    });
    const parent = { artifactId: `${'r'.repeat(200)}/episode-1000/bug`, injectorRolloutId: 'r'.repeat(230) };
    const draw = { subject, strategy: 'removal', seed: 2 ** 31, groupId: 'g'.repeat(220), parent } as const;
    const state = newTraining('r'.repeat(200));
    for (let index = 0; index < 500; index += 1) {
      state.inFlight[`${state.runId}/episode-${index}`] = { draw };
      state.waiting.push(draw);
    }
    expect(JSON.stringify(state).length).toBeLessThan(1.5 * 1024 * 1024);
  });
});

describe('names in a record', () => {
  it('are few and short, whatever a parser reports', () => {
    expect(nameList(names).length).toBeLessThan(1_200);
    expect(firstNames(names).join('').length).toBeLessThan(4_100);
  });
});
