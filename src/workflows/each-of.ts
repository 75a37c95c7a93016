/**
 * At most `window` at once, in the order of the list. After an error none is begun any more, and it is thrown once those
 * that were begun have ended: what goes on behind it would hold sandboxes that nobody waits for.
 */
export async function eachOf<Item>(
  items: readonly Item[],
  window: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const line = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
        waiting.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: window }, line));
  if (failures.length > 0) throw failures[0];
}
