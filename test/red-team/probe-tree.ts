import { randomUUID } from 'node:crypto';

import { outputText } from '../../src/activities/services/command-output.ts';
import { prepareTree } from '../../src/activities/rollout/prepare-tree.ts';
import { withSandbox } from '../../src/activities/services/sandbox-request.ts';
import type { Services } from '../../src/activities/services/services.ts';
import { ImageNotFoundError, SandboxUnavailableError } from '../../src/domain/failure/errors.ts';
import { aConfiguration } from '../support/run-fixture.ts';
import { OWNER, type JudgedArtifact } from './judged-artifact.ts';
import type { Outcome, TreePlan } from './trial.ts';

const PROBE_TIMEOUT_MS = 60_000;

/** Prepares the tree as a rollout does and looks at it as the agent does; a role that is not let in sees nothing. */
export async function probeTree(services: Services, bug: JudgedArtifact, plan: TreePlan): Promise<Outcome> {
  const { sandbox: config, validation } = aConfiguration();
  const { subject, artifactId } = bug;
  const task =
    plan.role === 'solver'
      ? ({ role: 'solver', artifactId } as const)
      : ({ role: 'injector', strategy: 'direct', validation } as const);
  const signal = new AbortController().signal;
  try {
    return await withSandbox(services, { owner: OWNER, subject, config }, async (sandbox) => {
      const progress = { signal, say: () => undefined };
      await prepareTree(services, sandbox, { task, owner: OWNER, subject, sandbox: config }, progress);
      const argv = ['bash', '-c', plan.probe] as const;
      const result = await sandbox.run({
        id: randomUUID(),
        argv,
        timeoutMs: PROBE_TIMEOUT_MS,
        outputCapBytes: 1024 * 1024,
      });
      const found = outputText(result.stdout).trim();
      if (result.exitCode !== 0) throw new RangeError(`the probe of ${plan.name} ended with ${found.slice(-300)}`);
      const leaks = found.includes('LEAK');
      return { paid: leaks, by: 'preparation', sentence: leaks ? found.slice(0, 300) : 'nothing is found' };
    });
  } catch (error) {
    // Nobody is let in where the tree cannot be made what the role may see.
    if (!(error instanceof SandboxUnavailableError || error instanceof ImageNotFoundError)) throw error;
    return { paid: false, by: 'preparation', sentence: error.message };
  }
}
