import type { ClosedRecord } from '../../contract/activities.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { SessionStore } from '../ports/session-store.ts';
import { ifAvailable } from '../publish-session.ts';

/**
 * Takes the session record from its readers. Redis being away must not keep an account open, so it is only reported then.
 */
export async function closeRecordIfAvailable(store: SessionStore, user: DjangoUserId): Promise<ClosedRecord> {
  const closed = await ifAvailable(async () => {
    await store.close(user);
    // An earlier attempt may have put it aside, and died.
    return (await store.readClosing(user)) !== null;
  });
  if (closed === undefined) return 'unknown';
  return closed ? 'closed' : 'none';
}
