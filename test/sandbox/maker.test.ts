import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { startOf, stateOfMaker, thisMaker } from '../../src/sandbox/maker.ts';

describe('a maker', () => {
  it('is at work as long as its process lives', () => {
    expect(stateOfMaker(`.new-${thisMaker()}-x1`)).toBe('at-work');
  });

  it('is gone when its process is, also before somebody has waited for it', async () => {
    const child = spawn('sh', ['-c', 'sh -c "exit 0" & echo $!; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const zombie = Number(said.toString());
    const own = thisMaker().split('-').slice(0, 2).join('-');
    while (startOf(zombie) !== undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(stateOfMaker(`${own}-${zombie}-1`)).toBe('gone');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(stateOfMaker(`${own}-${child.pid ?? 0}-1`)).toBe('gone');
  });

  it('is another one where the number of a process has been given out again', () => {
    expect(stateOfMaker(thisMaker().replace(/\d+$/, '1'))).toBe('gone');
  });

  it('of another machine or container is elsewhere', () => {
    expect(stateOfMaker('00000000-1-2-3')).toBe('elsewhere');
  });

  it('is nobody where none is named', () => {
    expect(stateOfMaker('.new-a1B2c3')).toBeUndefined();
  });
});
