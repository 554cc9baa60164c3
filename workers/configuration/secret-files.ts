import { readFileSync } from 'node:fs';
import { secretNames } from './variables.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `NAME_FILE` for every secret `NAME`, as orchestrators mount them. A line break at the end is dropped.
 *
 * @param problems gets a line for every file that is not readable or given beside the variable itself
 */
export function withSecretFiles(environment: Environment, problems: string[]): Environment {
  const merged: Record<string, string | undefined> = { ...environment };
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
      problems.push(`${name}_FILE names a file that cannot be read`);
      // Stands in for the value, so that it is not reported as missing as well.
      merged[name] = 'unreadable';
    }
  }
  return merged;
}
