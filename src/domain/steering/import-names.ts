/**
 * The name under which Python or a JavaScript runtime imports a file, as a path: `a/b` for `a/b.py`, `a/b/__init__.py`,
 * `a/b.cpython-311-x86_64-linux-gnu.so` and `a/b/index.ts`. Undefined for files that are not imported.
 */
export function importName(path: string): string | undefined {
  const match = /^(.*?)((?:^|\/)(?:__init__|index))?(?:\.[\w-]+)?\.(?:py|pyc|so|pyd|[cm]?[jt]sx?|node|json)$/.exec(
    path,
  );
  const stem = match?.[1];
  return stem === undefined || stem === '' ? undefined : stem;
}

/** The top-level names that Python source imports. */
export function importedModules(source: string): readonly string[] {
  const names: string[] = [];
  for (const [, from, list = ''] of source.matchAll(/^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+([^\n#;]+))/gm)) {
    if (from !== undefined) names.push(from);
    else for (const item of list.split(',')) names.push(/^\s*(\w+)/.exec(item)?.[1] ?? '');
  }
  return [...new Set(names)].filter((name) => name !== '');
}
