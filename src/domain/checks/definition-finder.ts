import { possibleNames } from '../report/test-definition.ts';
import { createTestPlaces } from './test-places.ts';

/** Names that a test file gives to functions and titles, each as often as it stands there, before and after a change. */
export interface NamesInFile {
  readonly path: string;
  /** Whether the change is one of this file. */
  readonly touched: boolean;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A name that tests are defined by, and the files that hold it. */
export interface Definition {
  readonly name: string;
  readonly paths: readonly string[];
}

/**
 * Finds the one definition that a test has: in a file that its id names; else in one that the change touches, as a test is
 * that is inherited; else in any file, unless the change touches the file that the id names, and so may have taken away
 * what made the test. Tests of the same definition get the same object.
 */
export function createDefinitionFinder(files: readonly NamesInFile[]): (id: string) => Definition | undefined {
  const placesOf = createTestPlaces(files.map(({ path }) => path));
  const touched = definitionsIn(files.filter((file) => file.touched));
  const anywhere = definitionsIn(files);
  const byPath = new Map(files.map((file) => [file.path, file]));
  const searched = new Map<readonly string[], readonly ReadonlyMap<string, Definition>[]>();
  const toSearch = (places: readonly string[]) => {
    const known = searched.get(places);
    if (known !== undefined) return known;
    const named = places.flatMap((path) => byPath.get(path) ?? []);
    const elsewhere = named.some((file) => file.touched) ? [touched] : [touched, anywhere];
    const found = [definitionsIn(named), ...elsewhere];
    searched.set(places, found);
    return found;
  };
  return (id) => {
    const names = possibleNames(id);
    for (const definitions of toSearch(placesOf(id))) {
      const name = names.find((one) => definitions.has(one));
      if (name !== undefined) return definitions.get(name);
    }
    return undefined;
  };
}

function definitionsIn(files: readonly NamesInFile[]): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, { readonly name: string; readonly paths: string[] }>();
  for (const { path, before } of files) {
    for (const name of new Set(before)) {
      const definition = definitions.get(name) ?? { name, paths: [] };
      definition.paths.push(path);
      definitions.set(name, definition);
    }
  }
  return definitions;
}
