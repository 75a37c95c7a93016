import { stateOfMaker, thisMaker } from '../maker.ts';
import { LABEL } from './docker-labels.ts';

/** What stands on the engine only while something else is made, by kind. */
const HELPER = 'selfplay.helper';
const MAKER = 'selfplay.maker';

/** Whose helpers they are, so that one that its maker left is found again, by its own deployment alone. */
export type HelperLabels = (kind: 'layer' | 'tools', lifetimeMs: number) => Record<string, string>;

export function createHelperLabels(home: string): HelperLabels {
  return (kind, lifetimeMs) => ({
    [HELPER]: kind,
    [LABEL.deployment]: home,
    [MAKER]: thisMaker(),
    [LABEL.expires]: new Date(Date.now() + lifetimeMs).toISOString(),
  });
}

/** An image has the labels of the container that it is made of, and hands them on: none of these is to stay. */
export const NO_HELPER: Readonly<Record<string, string>> = {
  ...{ [HELPER]: '', [LABEL.deployment]: '', [MAKER]: '', [LABEL.expires]: '' },
};

/** What the engine is asked for to list what a deployment has on it. */
export function deploymentFilter(home: string): { readonly label: string[] } {
  return { label: [`${LABEL.deployment}=${home}`] };
}

/** Whether nobody makes anything with it any more; false of what is no helper. */
export function isAbandoned(labels: Readonly<Record<string, string>> | null): boolean {
  if ((labels?.[HELPER] ?? '') === '') return false;
  const maker = stateOfMaker(labels?.[MAKER] ?? '');
  return maker === 'gone' || (maker !== 'at-work' && Date.now() > Date.parse(labels?.[LABEL.expires] ?? ''));
}
