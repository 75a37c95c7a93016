/** The tables of docs/json-output.md: fields and their types, by the name of the section. */
export type DocumentedFormats = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function readDocumentedFormats(markdown: string): DocumentedFormats {
  const formats = new Map<string, Map<string, string>>();
  let fields = new Map<string, string>();
  for (const line of markdown.split('\n')) {
    const [, title] = /^### (.+)$/.exec(line) ?? [];
    if (title !== undefined) formats.set(title, (fields = new Map<string, string>()));
    const [, field, type] = /^\| `(\w+)` +\| `([^`]+)` +\|/.exec(line) ?? [];
    if (field !== undefined && type !== undefined) fields.set(field, type.replace('\\|', '|'));
  }
  return formats;
}

/** Where a value is not what the page says: a field too many, one too few, another type. */
export function deviations(value: unknown, type: string, formats: DocumentedFormats, place = '$'): readonly string[] {
  if (type === 'any') return [];
  if (type.endsWith(' | null')) {
    return value === null ? [] : deviations(value, type.slice(0, -' | null'.length), formats, place);
  }
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${place} is no list`];
    return value.flatMap((item: unknown, index) => deviations(item, type.slice(0, -2), formats, `${place}[${index}]`));
  }
  if (['string', 'number', 'boolean'].includes(type)) return typeof value === type ? [] : [`${place} is no ${type}`];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place} is no object`];
  return type === 'map' ? [] : fieldDeviations(value, type, formats, place);
}

function fieldDeviations(value: object, type: string, formats: DocumentedFormats, place: string): readonly string[] {
  const fields = formats.get(type);
  if (fields === undefined) return [`the page has no section ${type}, which ${place} is`];
  const entries = new Map<string, unknown>(Object.entries(value));
  const extra = [...entries.keys()].filter((key) => !fields.has(key)).map((key) => `${place}.${key} is not documented`);
  const missing = [...fields.keys()].filter((key) => !entries.has(key)).map((key) => `${place}.${key} is missing`);
  const inner = [...fields].flatMap(([key, fieldType]) =>
    entries.has(key) ? deviations(entries.get(key), fieldType, formats, `${place}.${key}`) : [],
  );
  return [...extra, ...missing, ...inner];
}
