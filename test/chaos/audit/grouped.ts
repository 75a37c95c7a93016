/** Items by a key of each, in the order in which they came. */
export function grouped<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** The groups of more than one. */
export function repeated<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly string[] {
  return [...grouped(items, keyOf)].filter(([, group]) => group.length > 1).map(([key]) => key);
}
