import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

interface Definition {
  readonly format: string;
  readonly language: string;
  readonly subjects: readonly {
    readonly name: string;
    readonly demo: boolean;
    readonly commit: string;
    readonly releases: Readonly<Record<string, string>>;
  }[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../corpus/${name}`, import.meta.url), 'utf8'));

function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && 'subjects' in value;
}

function definition(language: string): Definition {
  const value = read(`${language}.json`);
  if (!isDefinition(value)) throw new Error(`corpus/${language}.json has no subjects`);
  return value;
}

const HASHES = { python: /^sha256:[0-9a-f]{64}$/, javascript: /^sha512-[\w+/]{86}==$/, go: /^h1:[\w+/]{43}=$/ };
const LANGUAGES = ['python', 'javascript', 'go'] as const;

describe.each(LANGUAGES)('the %s subjects', (language) => {
  const { format, subjects, language: said } = definition(language);

  it('are at least three, at least two of them in the demo', () => {
    expect([format, said]).toEqual(['subjects-1', language]);
    expect(subjects.length).toBeGreaterThanOrEqual(3);
    expect(subjects.filter(({ demo }) => demo).length).toBeGreaterThanOrEqual(2);
  });

  it('have a pinned history of at least four pinned releases', () => {
    for (const { commit, releases } of subjects) {
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      expect(Object.keys(releases).length).toBeGreaterThanOrEqual(4);
      for (const hash of Object.values(releases)) expect(hash).toMatch(HASHES[language]);
    }
  });
});

it('no two subjects share a name', () => {
  const names = LANGUAGES.flatMap((language) => definition(language).subjects.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
});

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string; readonly inBundle?: boolean }>>;
}

function isLock(value: unknown): value is Lock {
  return typeof value === 'object' && value !== null && 'packages' in value;
}

describe('the environment of the JavaScript subjects', () => {
  const lock = read('javascript-environment/package-lock.json');
  const packages = isLock(lock) ? Object.entries(lock.packages).filter(([path]) => path !== '') : [];

  it('is pinned package by package', () => {
    expect(packages.length).toBeGreaterThan(100);
    // What a package bundles comes with that package's hash.
    const loose = packages.filter(([, { integrity, inBundle }]) => integrity === undefined && inBundle !== true);
    expect(loose).toEqual([]);
  });

  it('brings no subject, and so no copy of what a solver repairs', () => {
    const names = definition('javascript').subjects.map(({ name }) => name);
    expect(packages.filter(([path]) => names.some((name) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
  });
});
