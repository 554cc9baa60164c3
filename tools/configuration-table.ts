import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { operatorVariables } from '../workers/configuration/operator-variables.ts';
import { notesOf, variables } from '../workers/configuration/variables.ts';

const README = new URL('../README.md', import.meta.url);
const BEGIN = '<!-- configuration: made by `npm run configuration`, do not edit -->';
const END = '<!-- /configuration -->';

/** The table of the environment variables of worker and commands, from the schemas that parse them. */
export function configurationTable(): string {
  const shapes = { ...variables.shape, ...operatorVariables.shape };
  const rows = Object.entries(shapes).map(([name, schema]) => {
    const { about, secret } = notesOf(schema);
    const shown = secret ? `\`${name}\`<br>or \`${name}_FILE\`` : `\`${name}\``;
    return `| ${shown} | ${defaultOf(schema)} | ${about} |`;
  });
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The README with the table as it should be. */
export function readmeWithTable(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md has no place for the table: ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${configurationTable()}\n\n${readme.slice(end)}`;
}

function defaultOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodDefault) return `\`${String(schema.def.defaultValue)}\``;
  return schema instanceof z.ZodOptional ? '' : '**required**';
}

if (import.meta.main) writeFileSync(README, readmeWithTable(readFileSync(README, 'utf8')));
