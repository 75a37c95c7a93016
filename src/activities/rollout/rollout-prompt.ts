import { oracleSpecification } from '../../domain/artifact/oracle-specification.ts';
import type { Message } from '../../policy/policy.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { outputTokensOf } from '../../config/output-tokens.ts';
import { bugSpecification, renderPrompt, type PromptLimits } from '../../config/prompts.ts';
import { readBug } from '../artifact/bug-content.ts';
import type { RolloutSetting } from './rollout-setting.ts';
import type { Services } from '../services/services.ts';

/** Where the injector is asked to write the artifact: outside of the tree. */
export const ARTIFACT_DIRECTORY = '/tmp/artifact';

/** The messages that a rollout begins with. */
export async function promptOf(
  services: Services,
  { treeRoot }: Sandbox,
  { task, rollout, policy }: RolloutSetting,
): Promise<readonly Message[]> {
  const limits: PromptLimits = {
    turns: rollout.turns,
    contextTokens: rollout.contextTokens,
    commandSeconds: rollout.commandSeconds,
    outputTokens: outputTokensOf({ rollout, policy }),
  };
  if (task.role === 'injector') {
    const { strategy, validation } = task;
    const artifactDirectory = ARTIFACT_DIRECTORY;
    return messagesOf(renderPrompt({ role: 'injector', strategy, treeRoot, artifactDirectory, limits, validation }));
  }
  const { artifact } = await readBug(services.store, task.artifactId);
  return messagesOf(
    renderPrompt({ role: 'solver', treeRoot, specification: bugSpecification(oracleSpecification(artifact)), limits }),
  );
}

function messagesOf({ system, user }: { readonly system: string; readonly user: string }): readonly Message[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
}
