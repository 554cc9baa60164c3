import { ERRORS } from './error-table.ts';
import type { FleetPause } from './fleet.ts';

/** Why, and what to do. */
export function describePause({ by, code, why }: FleetPause): string {
  const step = code === undefined ? '' : ` ${code}: ${ERRORS[code].message}. ${ERRORS[code].nextStep}`;
  switch (by) {
    case 'operator':
      return `by an operator${why === undefined ? '' : `: ${why}`}.`;
    case 'system':
      return `LibreChat or the worker fails for everybody.${step} Then \`resume\`.`;
    case 'users':
      return `too many users cannot be rotated, the last one with:${step} Then \`resume\`.`;
  }
}

/** A span of time, for people: `45 s`, `12 min`, `3.5 h`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
