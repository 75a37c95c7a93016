import { describe, expect, it } from 'vitest';

import { untilDecided, type StepEnd } from '../../../src/activities/services/until-decided.ts';

const { signal } = new AbortController();

/** A step that lasts until it is given up. */
const endless = (given: AbortSignal) =>
  new Promise<StepEnd>((_, reject) => {
    given.addEventListener('abort', () => {
      reject(new Error('given up'));
    });
  });
const ending = (end: StepEnd) => () => Promise.resolve(end);

describe('steps', () => {
  it('are all taken when none decides', async () => {
    const taken: number[] = [];
    const steps = [1, 2, 3].map((number) => () => {
      taken.push(number);
      return Promise.resolve<StepEnd>('open');
    });
    expect(await untilDecided({ signal, width: 2, steps })).toBe('done');
    expect(taken).toEqual([1, 2, 3]);
  });

  it('that run or wait are given up when another decides', async () => {
    let begun = false;
    const later = () => {
      begun = true;
      return Promise.resolve<StepEnd>('open');
    };
    expect(await untilDecided({ signal, width: 2, steps: [endless, ending('decided'), later] })).toBe('done');
    expect(begun).toBe(false);
  });

  it('that fail are an error once the others have ended', async () => {
    let ended = false;
    const slow = async (): Promise<StepEnd> => {
      await new Promise((resolve) => setImmediate(resolve));
      ended = true;
      return 'open';
    };
    const broken = () => Promise.reject(new Error('the machine broke'));
    await expect(untilDecided({ signal, width: 2, steps: [broken, slow] })).rejects.toThrow('the machine broke');
    expect(ended).toBe(true);
  });

  it('are given up with the reason of who stops them', async () => {
    const stop = new AbortController();
    const stopped = untilDecided({ signal: stop.signal, width: 1, steps: [endless, endless] });
    stop.abort(new Error('the episode was cancelled'));
    await expect(stopped).rejects.toThrow('the episode was cancelled');
  });

  it('are left for another time when it is late, but for the first', async () => {
    const taken: number[] = [];
    const steps = [1, 2].map((number) => () => {
      taken.push(number);
      return Promise.resolve<StepEnd>('open');
    });
    expect(await untilDecided({ signal, width: 1, steps, isLate: () => true })).toBe('unfinished');
    expect(taken).toEqual([1]);
  });
});
