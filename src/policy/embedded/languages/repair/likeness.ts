import { asIs, memoise } from '../../memoise.ts';

/** The first line of code with all names and numbers alike: two lines of one shape do the same with other things. */
export const shapeOf = memoise(
  (code: string) => (code.split('\n')[0] ?? '').replace(/[A-Za-z_]\w*/g, 'x').replace(/\d+/g, '0'),
  { keyOf: asIs, capacity: 4096 },
);

/** Code with names replaced by their counterparts. */
export function renamed(code: string, mapping: ReadonlyMap<string, string>): string {
  return code.replace(/[A-Za-z_]\w*/g, (name) => mapping.get(name) ?? name);
}

/** 0 to 1: how alike two lines are; nothing on both sides (a block's beginning or end) says a little. */
export function likeness(one: string, other: string): number {
  if (one === other) return one === '' ? 0.5 : 1;
  if (one === '' || other === '') return 0;
  return shapeOf(one) === shapeOf(other) ? 0.6 : firstWord(one) === firstWord(other) ? 0.2 : 0;
}

function firstWord(code: string): string {
  return /^\w+/.exec(code)?.[0] ?? code.slice(0, 1);
}
