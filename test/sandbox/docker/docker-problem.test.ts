import { describe, expect, it } from 'vitest';

import { SandboxUnavailableError } from '../../../src/domain/failure/errors.ts';
import { engineAbsence } from '../../../src/sandbox/docker/docker-problem.ts';

function failedCall(code: string, message: string): SandboxUnavailableError {
  const cause = Object.assign(new Error(message), { code });
  return new SandboxUnavailableError(`docker info: ${message}. Is the engine running?`, { cause });
}

describe('an engine that does not answer', () => {
  it('is told by what lies behind the call', () => {
    expect(engineAbsence('unix:///run/docker.sock', failedCall('ENOENT', 'connect ENOENT /run/docker.sock'))).toBe(
      'no engine answers at unix:///run/docker.sock (connect ENOENT /run/docker.sock)',
    );
  });

  it('and that this user may not use, with the way to it', () => {
    expect(engineAbsence('unix:///run/docker.sock', failedCall('EACCES', 'connect EACCES'))).toBe(
      'this user may not use the engine at unix:///run/docker.sock: sudo usermod -aG docker $USER, and log in again',
    );
  });
});
