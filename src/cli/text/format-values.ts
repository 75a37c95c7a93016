import { resolve } from 'node:path';

/** Numbers and times as people read them. */

export function formatSeconds(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** At most three decimals, without the noise of binary fractions. */
export function formatNumber(value: number): string {
  return String(Number(value.toFixed(3)));
}

export function formatReward(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/** Rewards of a group: few values many times, so each is said once. */
export function formatRewards(values: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([one], [other]) => other - one)
    .map(([value, count]) => (count === 1 ? formatReward(value) : `${count}×${formatReward(value)}`))
    .join(' ');
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function formatBytes(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${mib.toFixed(1)} MiB`;
}

export function formatTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

export const NONE = '-';

/** The option that a pasted command needs to find the same home. */
export function homeOption(home: string): string {
  return home === resolve('.selfplay') ? '' : ` --home ${home}`;
}
