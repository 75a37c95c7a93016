/** Finds the file that defines a dotted Python name, by its longest prefix that is a module of the tree. */
export type ModuleIndex = (dottedName: string) => string | undefined;

/**
 * Indexes the Python modules of a tree, under every name that they are imported by (`src/pkg/x.py` is `pkg.x` too).
 * The longest prefix decides, so `pkg.tests.test_x` belongs to its test file and not to `pkg/__init__.py`.
 */
export function createModuleIndex(files: readonly string[]): ModuleIndex {
  const fileOf = new Map<string, string>();
  for (const file of files) {
    for (const module of moduleNames(file)) fileOf.set(module, file);
  }
  return (dottedName) => {
    // Packages are not nested deeper; ids and scripts are hostile and may be.
    const parts = dottedName.split('.', 32);
    for (let length = parts.length; length > 0; length -= 1) {
      const file = fileOf.get(parts.slice(0, length).join('.'));
      if (file !== undefined) return file;
    }
    return undefined;
  };
}

/** The names under which a Python file may be imported; none for other files. */
function moduleNames(path: string): readonly string[] {
  const match = /^(.+)\.py$/.exec(path);
  const module = match?.[1]?.replace(/\/__init__$/, '').replaceAll('/', '.');
  if (module === undefined || module === '__init__') return [];
  const rooted = /^(?:src|lib|python)\.(.+)$/.exec(module)?.[1];
  return rooted === undefined ? [module] : [module, rooted];
}
