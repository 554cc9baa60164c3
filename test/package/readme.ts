import { readFile } from 'node:fs/promises';

/** What the client's README claims, in a form that can be tested. */
export interface Readme {
  /** Path, as its first line says, and text of each TypeScript example. */
  readonly examples: ReadonlyMap<string, string>;
  /** The codes by the HTTP status that they are answered with. */
  readonly codes: Readonly<Record<string, readonly string[]>>;
  /** The names that each subpath exports. */
  readonly names: Readonly<Record<string, readonly string[]>>;
}

/** Any block of TypeScript: one without a path in its first line has none in the second group. */
const EXAMPLE = /^```ts\n((?:\/\/ (\S+)\n)?[^]*?)^```$/gm;

export async function readReadme(): Promise<Readme> {
  const text = await readFile('client/README.md', 'utf8');
  const examples = Array.from(text.matchAll(EXAMPLE), ([, code = '', path], index) => {
    return [path ?? `example-${index}.ts`, code] as const;
  });
  return {
    examples: new Map(examples),
    codes: tableUnder(text, '| status | codes |'),
    names: tableUnder(text, '| from `@hestami/librechat-client` |'),
  };
}

/** First cell of each row, and the words in backticks of the second one. */
function tableUnder(text: string, heading: string): Record<string, readonly string[]> {
  const [, body = ''] = text.split(heading);
  const rows = body
    .split('\n\n', 1)
    .join('')
    .matchAll(/^\| `?([./a-z0-9-]+?)`? \| (.*) \|$/gm);
  const cells = Array.from(rows, ([, first = '', second = '']) => {
    return [first, Array.from(second.matchAll(/`(\w+)`/g), ([, word = '']) => word)] as const;
  });
  return Object.fromEntries(cells.filter(([, words]) => words.length > 0));
}
