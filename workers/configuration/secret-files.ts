import { readFileSync } from 'node:fs';
import { secretNames } from './variables.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** An environment with the content of its secret files in it. */
export interface WithSecretFiles {
  readonly environment: Environment;
  /** One line for every file that is not readable or given beside the variable itself. */
  readonly problems: readonly string[];
  /** The variables that have no value since their file is not readable. */
  readonly unreadable: ReadonlySet<string>;
}

/** Reads `NAME_FILE` for every secret `NAME`, as orchestrators mount them. A line break at the end is dropped. */
export function withSecretFiles(environment: Environment): WithSecretFiles {
  const merged: Record<string, string | undefined> = { ...environment };
  const problems: string[] = [];
  const unreadable = new Set<string>();
  for (const name of secretNames) {
    const file = environment[`${name}_FILE`];
    if (file === undefined || file === '') continue;
    if (environment[name] !== undefined && environment[name] !== '') {
      problems.push(`${name} and ${name}_FILE are both set: keep one`);
      continue;
    }
    try {
      merged[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch {
      problems.push(`${name}_FILE: names a file that cannot be read`);
      unreadable.add(name);
    }
  }
  return { environment: merged, problems, unreadable };
}
