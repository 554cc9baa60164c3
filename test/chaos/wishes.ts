import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { POINTS } from './points.ts';

export const USAGE = `Usage: npm run chaos -- [options]

  --trials N       kills at each point (default: 3, or 0 where another kind of trial is asked for)
  --points A,B     only these: ${POINTS.map(({ name }) => name).join(', ')}
  --zombies N      workers that sleep through two rotations, for each stage
  --wipes N        Temporal loses everything in the middle of a rotation
  --swept N        the same, and only the sweep heals it; by itself, its result is bench/results/sweep-wipes.json
  --away N         Temporal is away for 60 s in the middle of a rotation
  --seed S         the seed that a run has printed (default: a random one)
  --parallel P     trials side by side (default: 4)
  --bcrypt-cost C  10 is LibreChat's (default: 4)
  --write          keep the result in bench/results/chaos-rotation.json

Ctrl-C during the kills, which come last, ends them early; what was done counts.
`;

/** What the command line asks for. */
export interface Wishes {
  readonly trials: number;
  readonly points: readonly string[] | undefined;
  readonly zombies: number;
  readonly wipes: number;
  readonly swept: number;
  readonly away: number;
  readonly seed: number;
  readonly parallel: number;
  readonly bcryptCost: number;
  readonly write: boolean;
}

/** @throws TypeError for an option that makes no sense */
export function readWishes(): Wishes {
  const string = { type: 'string' } as const;
  const kinds = ['zombies', 'wipes', 'swept', 'away'] as const;
  const names = ['trials', 'points', ...kinds, 'seed', 'parallel', 'bcrypt-cost'] as const;
  const { values } = parseArgs({
    options: {
      ...(Object.fromEntries(names.map((name) => [name, string])) as Record<
        (typeof names)[number],
        typeof string
      >),
      write: { type: 'boolean', default: false },
    },
  });
  const number = (name: Exclude<(typeof names)[number], 'points'>, otherwise: number): number => {
    const value = Number(values[name] ?? otherwise);
    if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`--${name} must be a whole number`);
    return value;
  };
  const points = values.points?.split(',');
  const unknown = points?.find((point) => !POINTS.some(({ name }) => name === point));
  if (unknown !== undefined) throw new TypeError(`There is no point ${unknown}`);
  const others = kinds.reduce((sum, kind) => sum + number(kind, 0), 0);
  if (number('swept', 0) > 0 && others > number('swept', 0)) throw new TypeError('--swept goes by itself');
  return {
    trials: number('trials', others > 0 ? 0 : 3),
    points,
    zombies: number('zombies', 0),
    wipes: number('wipes', 0),
    swept: number('swept', 0),
    away: number('away', 0),
    // A result keeps four digits of a number.
    seed: number('seed', randomInt(10_000)),
    parallel: Math.max(1, number('parallel', 4)),
    bcryptCost: number('bcrypt-cost', 4),
    write: values.write,
  };
}
