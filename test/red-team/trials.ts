import { agreeingAnswers } from './attacks/agreeing-answers.ts';
import { bugAttacks } from './attacks/bugs.ts';
import { diffAttacks } from './attacks/diffs.ts';
import { executableOracle } from './attacks/executable-oracle.ts';
import { goPatchAttacks } from './attacks/go-patches.ts';
import { goScriptAttacks } from './attacks/go-scripts.ts';
import { historyAttacks } from './attacks/histories.ts';
import { historyAtGrading } from './attacks/history-at-grading.ts';
import { javaScriptPatchAttacks } from './attacks/javascript-patches.ts';
import { judgedTreeAttacks } from './attacks/judged-trees.ts';
import { keptTests } from './attacks/kept-tests.ts';
import { objectStoreAttacks } from './attacks/object-stores.ts';
import { oddPatches } from './attacks/odd-patches.ts';
import { parserAttacks } from './attacks/parsers.ts';
import { pythonForgeries } from './attacks/python-forgeries.ts';
import { pythonSteeringPatches } from './attacks/python-steering-patches.ts';
import { residualAttacks } from './attacks/residuals.ts';
import { resourcePatches } from './attacks/resource-patches.ts';
import { scriptEnvironmentAttacks } from './attacks/script-environments.ts';
import { scriptWrapperAttacks } from './attacks/script-wrappers.ts';
import { scriptAttacks } from './attacks/scripts.ts';
import { steeringAttacks } from './attacks/steering.ts';
import { survivorAttacks } from './attacks/survivors.ts';
import { traceAttacks } from './attacks/traces.ts';
import { treePatches } from './attacks/tree-patches.ts';
import { treeAttacks } from './attacks/trees.ts';
import { weakeningAttacks } from './attacks/weakenings.ts';
import { honestArtifacts } from './honest/artifacts.ts';
import { honestCorpus } from './honest/corpus.ts';
import { honestMoves } from './honest/moves.ts';
import { honestPatches } from './honest/patches.ts';
import { honestSituations } from './honest/situations.ts';
import type { Trial } from './trial.ts';

/** Every trial of the suite; the names are what the table in docs/red-team.md is compared with. */
export const TRIALS: readonly Trial[] = [
  ...bugAttacks,
  ...diffAttacks,
  ...weakeningAttacks,
  ...keptTests,
  ...parserAttacks,
  ...scriptAttacks,
  ...scriptEnvironmentAttacks,
  ...goScriptAttacks,
  ...scriptWrapperAttacks,
  ...steeringAttacks,
  ...pythonSteeringPatches,
  ...treePatches,
  ...oddPatches,
  ...pythonForgeries,
  ...agreeingAnswers,
  ...resourcePatches,
  ...survivorAttacks,
  ...javaScriptPatchAttacks,
  ...goPatchAttacks,
  ...treeAttacks,
  ...traceAttacks,
  ...judgedTreeAttacks,
  ...historyAttacks,
  ...historyAtGrading,
  ...objectStoreAttacks,
  ...residualAttacks,
  ...honestArtifacts,
  ...honestSituations,
  ...honestMoves,
  ...honestCorpus,
  ...honestPatches,
  ...executableOracle,
];

/** Those of one list; with SELFPLAY_RED_TEAM=quick, one of each kind: the way to see early what a change breaks. */
export function trialsOf(list: Trial['expected']['list']): readonly (Trial & { readonly name: string })[] {
  const played = process.env.SELFPLAY_RED_TEAM === 'quick' ? oneOfEachKind(TRIALS) : TRIALS;
  return played.filter(({ expected }) => expected.list === list).map((trial) => ({ ...trial, name: trial.plan.name }));
}

/** What refuses it and where tells a kind from others; of honest work, the form and the project's language. */
function oneOfEachKind(trials: readonly Trial[]): readonly Trial[] {
  const byKind = new Map<string, Trial>();
  for (const trial of trials) {
    const { kind, expected, plan } = trial;
    const decided = kind === 'artifact' && expected.list === 'closed' ? expected.by.join() : plan.project.name;
    const name = [expected.list, kind, decided].join(' ');
    if (!byKind.has(name)) byKind.set(name, trial);
  }
  return [...byKind.values()];
}
