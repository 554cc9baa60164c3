import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';

/** All our keys have this length: AES-256, and the two halves of a Fernet key. */
const KEY_BYTES = 32;

// 32 bytes in base64, in either alphabet. Python's `Fernet` takes both, so whatever Django runs with is taken here.
const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * Reads a comma-separated list of 32-byte keys in base64 or base64url; blanks around a key are ignored.
 *
 * @param options.name what to call the list in an error, for example the environment variable
 * @param options.padding `required` where Python has to read the same text, which insists on the final `=`
 * @throws BridgeError `ConfigurationInvalid`, which names a key by its position and never quotes it
 */
export function parseKeys(
  text: Secret,
  options: { readonly name: string; readonly padding: 'required' | 'optional' },
): readonly [Buffer, ...Buffer[]] {
  const [first, ...rest] = text.reveal().split(',');
  const key = (entry: string, position: number): Buffer => {
    const problem = problemOf(entry.trim(), options.padding);
    if (problem === undefined) return Buffer.from(entry.trim(), 'base64');
    throw new BridgeError('ConfigurationInvalid', { detail: `${options.name}: key ${position} ${problem}` });
  };
  return [key(first ?? '', 1), ...rest.map((entry, index) => key(entry, index + 2))];
}

function problemOf(entry: string, padding: 'required' | 'optional'): string | undefined {
  if (entry === '') return 'is empty';
  if (!KEY.test(entry)) return `is not ${KEY_BYTES} bytes in base64`;
  if (padding === 'required' && !entry.endsWith('='))
    return 'lacks the = at its end, which Python insists on';
  return undefined;
}
