/**
 * Answers that cost something and stay true for a while: asked for again when they are too old, or when asking failed. An
 * answer under way is shared however long it takes, and its age counts from when it is there.
 */
export function createRemembered<Answer, Details = void>(
  ask: (key: string, details: Details) => Promise<Answer>,
  { keptMs, now = Date.now }: { readonly keptMs: number; readonly now?: () => number },
): (key: string, details: Details) => Promise<Answer> {
  const remembered = new Map<string, { readonly answer: Promise<Answer>; atMs: number }>();
  return async (key, details) => {
    const known = remembered.get(key);
    if (known !== undefined && now() - known.atMs < keptMs) return known.answer;
    const asked = { answer: ask(key, details), atMs: Infinity };
    remembered.set(key, asked);
    try {
      const answer = await asked.answer;
      asked.atMs = now();
      return answer;
    } catch (error) {
      if (remembered.get(key) === asked) remembered.delete(key);
      throw error;
    }
  };
}
