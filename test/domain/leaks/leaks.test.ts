import { describe, expect, it } from 'vitest';

import type { ImageIndex, IndexedPlace } from '../../../src/domain/leaks/image-index.ts';
import { describeLeak, findLeaks, type TouchedFile } from '../../../src/domain/leaks/leaks.ts';

/** Windows of a file of twenty lines; the bug takes away what three of them held. */
const WINDOWS = Array.from({ length: 18 }, (_, number) => `window-${number}`);
const SECRET = WINDOWS.slice(5, 8);

const touched: TouchedFile = {
  path: 'calc/ranges.py',
  changed: true,
  present: true,
  windows: new Set(WINDOWS),
  secret: new Set(SECRET),
};

function anIndex(place: Partial<IndexedPlace> & { readonly held: readonly string[] }): ImageIndex {
  const { held, ...rest } = place;
  const windows = [...new Set([...WINDOWS, ...held])];
  return {
    format: 'image-index-1',
    files: {},
    windows,
    places: [
      {
        path: '/usr/lib/place.py',
        inTree: null,
        kind: 'text',
        windows: held.map((window) => windows.indexOf(window)),
        copyOf: [],
        ...rest,
      },
    ],
    repositories: [],
    looked: {},
  };
}

const inTree = (path: string) => ({ path: `/repo/${path}`, inTree: path });

describe('findLeaks', () => {
  it.each<[string, Parameters<typeof anIndex>[0]]>([
    ['an older version of the file that is installed', { held: WINDOWS.slice(4, 12) }],
    ['the removed lines alone, in some other file of the image', { held: SECRET }],
    ['a backup beside the file', { ...inTree('calc/ranges.py.orig'), held: WINDOWS.slice(2, 9) }],
    ['the removed lines in a build output', { ...inTree('dist/bundle.js'), held: SECRET }],
    [
      'most of the file under its name elsewhere in the tree',
      { ...inTree('old/ranges.py'), held: WINDOWS.slice(0, 10) },
    ],
    ['nearly all of the file under another name', { ...inTree('calc/other.py'), held: WINDOWS.slice(0, 16) }],
  ])('removes %s', (_, place) => {
    expect(findLeaks(anIndex(place), [touched])).toMatchObject([{ remedy: 'remove', of: 'calc/ranges.py' }]);
  });

  it.each<[string, Parameters<typeof anIndex>[0]]>([
    ['code of the image that shares a line or two with it', { held: SECRET.slice(0, 2) }],
    ['a copy of the rest of the file, without what was removed', { held: WINDOWS.slice(8) }],
    ['a similar file of the tree', { ...inTree('calc/limits.py'), held: WINDOWS.slice(3, 12) }],
    [
      'its twin of the same name that differs in most lines',
      { ...inTree('aio/ranges.py'), held: WINDOWS.slice(3, 10) },
    ],
    ['another file that the bug touches', { ...inTree('calc/ranges.py'), held: WINDOWS }],
  ])('leaves %s', (_, place) => {
    expect(findLeaks(anIndex(place), [touched])).toEqual([]);
  });

  it('gives a copy the buggy text, and removes it where the bug deletes the file', () => {
    const index = anIndex({ held: WINDOWS, copyOf: ['calc/ranges.py'] });
    expect(findLeaks(index, [touched])).toMatchObject([{ kind: 'copy', remedy: 'overwrite' }]);
    expect(findLeaks(index, [{ ...touched, present: false }])).toMatchObject([{ kind: 'copy', remedy: 'remove' }]);
  });

  it('takes a file of two lines for a copy only where its path says so too', () => {
    const tiny = { ...touched, path: 'calc/__init__.py', windows: new Set<string>(), secret: new Set<string>() };
    const other = anIndex({ path: '/usr/lib/other/__init__.py', held: [], copyOf: ['calc/__init__.py'] });
    expect(findLeaks(other, [tiny])).toEqual([]);
    const same = anIndex({ path: '/usr/lib/calc/__init__.py', held: [], copyOf: ['calc/__init__.py'] });
    expect(findLeaks(same, [tiny])).toHaveLength(1);
  });

  it('removes histories that hold the tree and archives that nobody has looked into, and no other', () => {
    const repositories = [
      { path: '/tmp/mirror', kind: 'git', related: true },
      { path: '/root/.nvm/.git', kind: 'git', related: false },
      { path: '/tmp/bomb.zip', kind: 'unread', related: true },
    ];
    const leaks = findLeaks({ ...anIndex({ held: [] }), repositories }, [touched]);
    expect(leaks.map(describeLeak)).toEqual([
      '/tmp/mirror (git history)',
      '/tmp/bomb.zip (too large to be looked into)',
    ]);
  });

  it('looks for nothing where the bug changes nothing', () => {
    expect(findLeaks(anIndex({ held: WINDOWS }), [{ ...touched, changed: false }])).toEqual([]);
  });
});

describe('what lies beside a leak', () => {
  const withPlaces = (...places: readonly (Partial<IndexedPlace> & { readonly path: string })[]): ImageIndex => ({
    ...anIndex({ held: [] }),
    places: places.map((place) => ({ inTree: null, kind: 'text', windows: [], copyOf: [], ...place })),
  });
  const older = { windows: [4, 5, 6, 7, 8, 9, 10, 11] };

  it('shares its fate where it holds text of the tree too, and is none of its sources', () => {
    const index = withPlaces(
      { path: '/venv/calc/ranges.py', ...older },
      { path: '/venv/calc/tables.py', windows: [17] },
      { path: '/venv/calc/words.py', copyOf: ['calc/words.py'] },
      { path: '/venv/calc/own.py' },
      { path: '/venv/other/words.py', copyOf: ['calc/words.py'] },
    );
    expect(findLeaks(index, [touched])).toMatchObject([
      { path: '/venv/calc/ranges.py', beside: ['/venv/calc/tables.py', '/venv/calc/words.py'] },
    ]);
    const sources = withPlaces(
      { ...inTree('calc/ranges.py.orig'), ...older },
      { ...inTree('calc/words.py'), copyOf: ['old/words.py'] },
    );
    expect(findLeaks(sources, [touched])).toEqual([expect.not.objectContaining({ beside: expect.anything() })]);
  });

  it('is everything that Python compiled of the tree, folder by folder', () => {
    const compiled = (path: string, of: string) => ({ path, kind: 'compiled', copyOf: [of] }) as const;
    const index = withPlaces(
      compiled('/repo/calc/__pycache__/ranges.cpython-311.pyc', 'calc/ranges.py'),
      compiled('/repo/calc/__pycache__/words.cpython-311.pyc', 'calc/words.py'),
      compiled('/venv/more/__pycache__/more.cpython-311.pyc', 'more/more.py'),
    );
    expect(findLeaks(index, [touched])).toMatchObject([
      { path: '/repo/calc/__pycache__', kind: 'compiled', remedy: 'remove' },
      { path: '/venv/more/__pycache__', kind: 'compiled', remedy: 'remove' },
    ]);
  });
});
