import { ARTIFACT_FILES } from '../../src/domain/artifact/bug-artifact.ts';
import { renderToolCall } from '../../src/domain/protocol/call-text.ts';
import type { Policy, PolicyRequest } from '../../src/policy/policy.ts';
import { createScriptedPolicy, type PolicyScript } from '../../src/policy/scripted-policy.ts';
import { changed, CHANGES, ORIGINAL, type ArtifactFixture, type ArtifactTexts } from './artifact-fixture.ts';

const finished = 'That is all.';

/** Replies that write the five files, submit them and end. */
export function injectorReplies(artifact: ArtifactTexts): readonly string[] {
  const path = (name: string) => `/tmp/artifact/${name}`;
  return [
    ...ARTIFACT_FILES.map((name) =>
      renderToolCall({ tool: 'create', path: path(name), content: artifact[name] ?? '' }),
    ),
    renderToolCall({ tool: 'submit', paths: ARTIFACT_FILES.map(path) }),
    finished,
  ];
}

function solverReplies(patch: string): readonly string[] {
  return [
    renderToolCall({ tool: 'create', path: '/tmp/patch.diff', content: patch }),
    renderToolCall({ tool: 'submit', paths: ['/tmp/patch.diff'] }),
    finished,
  ];
}

/** Replies that repair the bug of the tiny project. */
export function repairReplies(fixture: ArtifactFixture): readonly string[] {
  const tree = changed(ORIGINAL, CHANGES.bug, CHANGES.withoutTestOfBug);
  return solverReplies(fixture.diff(tree, changed(tree, { 'calc/arith.py': ORIGINAL['calc/arith.py'] ?? '' })));
}

/** Both roles on the tiny project: a consistent bug, and of the solvers every second one repairs it. */
export function tinyPlayers(fixture: ArtifactFixture): PolicyScript {
  const tree = changed(ORIGINAL, CHANGES.bug, CHANGES.withoutTestOfBug);
  const useless = fixture.diff(tree, changed(tree, CHANGES.inAnotherFileWithoutEffect));
  const repairs = repairReplies(fixture);
  const solvers: number[] = [];
  return {
    injector: injectorReplies(fixture.artifact),
    solver: ({ turn, request: { seed } }) => {
      if (!solvers.includes(seed)) solvers.push(seed);
      return (solvers.indexOf(seed) % 2 === 0 ? repairs : solverReplies(useless))[turn];
    },
  };
}

/** A policy, and how many replies it has given for each turn of each rollout. */
export function countingReplies(script: PolicyScript): {
  readonly policy: Policy;
  readonly replies: Map<string, number>;
} {
  const scripted = createScriptedPolicy(script);
  const replies = new Map<string, number>();
  const keyOf = ({ role, seed, messages }: PolicyRequest) =>
    `${role} ${seed} turn ${messages.filter((message) => message.role === 'assistant').length}`;
  return {
    replies,
    policy: {
      name: scripted.name,
      sample: async (request, options) => {
        const reply = await scripted.sample(request, options);
        const key = keyOf(request);
        replies.set(key, (replies.get(key) ?? 0) + 1);
        return reply;
      },
    },
  };
}

/** A gate that is shut until it is opened; what waits at it is let go when its signal aborts. */
export function createGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let arrived: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (arrived = resolve));
  return {
    open: () => {
      open();
    },
    /** Settles when somebody has come to the gate. */
    reached,
    pass: (): Promise<void> => {
      arrived();
      return opened;
    },
  };
}
