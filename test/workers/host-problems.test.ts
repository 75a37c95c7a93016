import { describe, expect, it } from 'vitest';

import { backendChecks } from '../../src/workers/host-problems.ts';

describe('the sandbox backends of a host', () => {
  const statuses = (docker?: string, bubblewrap?: string) =>
    backendChecks({ docker, bubblewrap }).map(({ status, detail }) => [status, detail]);

  it('are told apart: one that cannot be used is not ok because the other one can', () => {
    expect(statuses('no engine answers', undefined)).toEqual([
      ['note', 'no engine answers'],
      ['ok', 'runs a sandbox as an unprivileged user'],
    ]);
  });

  it('are a problem where neither can be used', () => {
    expect(statuses('no engine answers', 'there is no bwrap')).toEqual([
      ['problem', 'no engine answers'],
      ['problem', 'there is no bwrap'],
    ]);
  });
});
