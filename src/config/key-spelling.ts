/** The problem's place as the user wrote it, by the place in camelCase. */
export type SpelledPaths = ReadonlyMap<string, string>;

/** A document with its keys in camelCase, and how each was spelled: `min_passing_tests` and `minPassingTests` are one. */
export function camelCaseKeys(document: unknown): { readonly document: unknown; readonly spelled: SpelledPaths } {
  const spelled = new Map<string, string>();
  return { document: convert(document, '', '', spelled), spelled };
}

function convert(value: unknown, path: string, written: string, spelled: Map<string, string>): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) =>
      convert(item, join(path, String(index)), join(written, String(index)), spelled),
    );
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
      spelled.set(join(path, name), join(written, key));
      return [name, convert(item, join(path, name), join(written, key), spelled)] as const;
    }),
  );
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** The spelling of a key in the documentation. */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
