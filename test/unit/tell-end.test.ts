import { expect, test } from '@jest/globals';
import type { AccountOutcome } from '../../client/temporal/index.ts';
import type { DeleteVerdict, SuspendVerdict } from '../../contract/endings.ts';
import { tellEnd } from '../../workers/cli/tell-end.ts';

test.each<readonly [AccountOutcome<SuspendVerdict | DeleteVerdict>, number, RegExp]>([
  [{ outcome: 'suspended' }, 0, /^suspended\. LibreChat has a password that nobody knows/],
  [
    { outcome: 'suspended', code: 'DeletionForbidden' },
    1,
    /^not deleted, but shut out\. DeletionForbidden: .*ALLOW_ACCOUNT_DELETION=true/,
  ],
  [{ outcome: 'cleared', code: 'AccountMissing' }, 1, /no password any more.*AccountMissing: /],
  [{ outcome: 'deleted' }, 0, /^deleted\. LibreChat has no account/],
  [{ outcome: 'deleted', code: 'AccountMissing' }, 0, /still there under the old one: orphans lists it/],
  [{ outcome: 'nothing' }, 0, /^nothing to take away/],
  [{ outcome: 'active', code: 'UserActive' }, 1, /^UserActive: .*Deactivate the user in Django first/],
  [{ outcome: 'active' }, 1, /^UserActive: /],
  [{ outcome: 'gone' }, 1, /^UserNotFound: /],
  [{ outcome: 'failed', code: 'ResetUnavailable' }, 1, /^failed\. ResetUnavailable: /],
  [{ outcome: 'started' }, 1, /^started, and still under way/],
  [{ outcome: 'busy', openWorkflow: 'rotateCredential' }, 1, /^not started\. rotateCredential is open/],
  [{ outcome: 'blocked', code: 'AccountConflict' }, 1, /tries again now: AccountConflict: /],
  [{ outcome: 'aborted' }, 1, /^aborted\. /],
])('%j is told, and ends with %i', (outcome, exit, text) => {
  const told = tellEnd(outcome, 1_000);
  expect(told.exit).toBe(exit);
  expect(told.text).toMatch(text);
});

test('what was only to be started is done when it is', () => {
  expect(tellEnd({ outcome: 'started' }, 0)).toEqual({ text: 'started.', exit: 0 });
});
