import type { EpisodeSteps } from './episode-steps.ts';

type Grade = EpisodeSteps['gradeAttempt'];

/**
 * Grades submissions of one episode that are equal byte for byte once, and says so with each that comes after
 * (docs/grading.md, "Equal repairs"). Their runs would have the same circumstances: these are drawn for bug and repair.
 *
 * A grading that fails is nobody else's: the next equal submission has its own.
 */
export function gradeEqualOnce(grade: Grade): Grade {
  const graded = new Map<string, ReturnType<Grade>>();
  return async (input) => {
    const key = input.submission?.sha256;
    if (key === undefined) return grade(input);
    for (let other = graded.get(key); other !== undefined; other = graded.get(key)) {
      const shared = await other.catch(() => undefined);
      if (shared !== undefined) return { ...shared, reason: `${shared.reason}; graded once with an equal repair` };
      if (graded.get(key) === other) graded.delete(key);
    }
    const own = grade(input);
    graded.set(key, own);
    return own;
  };
}
