import type { Ended, EndingActivities } from '../contract/activities.ts';
import { parseDjangoUserId, type DjangoUserId } from '../contract/ids.ts';
import { closeRecordIfAvailable } from './ending/close-record.ts';
import { erase } from './ending/erase.ts';
import type { EndingServices, Stage } from './ending/services.ts';
import { shutOut } from './ending/shut-out.ts';
import { asActivity } from './failures.ts';
import { withHeartbeat, type Attempt } from './heartbeat.ts';

/** The steps that take an account from its user, on the given systems. */
export function createEndingActivities(services: EndingServices): EndingActivities {
  return {
    shutOutUser: ({ djangoUserId }) =>
      asStep((attempt) => endFor(services, parseDjangoUserId(djangoUserId), attempt, shutOut)),
    eraseAccount: ({ djangoUserId }) =>
      asStep((attempt) => endFor(services, parseDjangoUserId(djangoUserId), attempt, erase)),
  };
}

const asStep = <Result>(step: (attempt: Attempt<Stage>) => Promise<Result>): Promise<Result> =>
  asActivity(() => withHeartbeat<Stage, Result>(step));

/** The record goes first: from then on nobody reads the session, however long LibreChat takes. */
export async function endFor<Verdict>(
  services: EndingServices,
  user: DjangoUserId,
  attempt: Attempt<Stage>,
  end: (services: EndingServices, user: DjangoUserId, attempt: Attempt<Stage>) => Promise<Verdict>,
): Promise<Ended<Verdict>> {
  attempt.enter('session');
  const row = await services.userTable.read(user);
  const record = row?.active === true ? 'none' : await closeRecordIfAvailable(services.sessionStore, user);
  return { verdict: await end(services, user, attempt), record };
}
