import type { AccountActivities } from '../contract/activities.ts';
import { parseDjangoUserId } from '../contract/ids.ts';
import { asActivity } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import { openAccount, type Stage } from './provisioning/open-account.ts';
import type { ProvisioningServices } from './provisioning/services.ts';

/** The steps of an account's life, on the given systems. */
export function createAccountActivities(services: ProvisioningServices): AccountActivities {
  return {
    openAccount: ({ djangoUserId }) =>
      asActivity(() =>
        withHeartbeat<Stage, Awaited<ReturnType<AccountActivities['openAccount']>>>((attempt) =>
          openAccount(services, parseDjangoUserId(djangoUserId), attempt),
        ),
      ),
  };
}
