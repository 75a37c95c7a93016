/** Answers that cost something and stay true for a while: asked for again when they are too old, or when asking failed. */
export function createRemembered<Answer, Details = void>(
  ask: (key: string, details: Details) => Promise<Answer>,
  { keptMs, now = Date.now }: { readonly keptMs: number; readonly now?: () => number },
): (key: string, details: Details) => Promise<Answer> {
  const remembered = new Map<string, { readonly answer: Promise<Answer>; readonly atMs: number }>();
  return async (key, details) => {
    const known = remembered.get(key);
    if (known !== undefined && now() - known.atMs < keptMs) return known.answer;
    const asked = { answer: ask(key, details), atMs: now() };
    remembered.set(key, asked);
    try {
      return await asked.answer;
    } catch (error) {
      if (remembered.get(key) === asked) remembered.delete(key);
      throw error;
    }
  };
}
