import type { WorkflowHandle } from '@temporalio/client';
import { rotateCredential, type RotateOptions, type RotateOutcome } from '../../client/temporal/index.ts';
import { accountWorkflowId, parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import type { StandInAccount } from '../../tools/processes/stand-in-control.ts';
import type { World } from '../../tools/world.ts';

/** A user of a world: the row, what LibreChat has under the address, and the account workflow. */
export interface UserInWorld {
  readonly id: string;
  readonly key: DjangoUserId;
  readonly address: string;
  readonly handle: WorkflowHandle;
  rotate(options: RotateOptions): Promise<RotateOutcome>;
  account(): Promise<StandInAccount>;
  /** What LibreChat says to a password, without any code of the product: `200` or its message. */
  login(password: string): Promise<string>;
  /** Holds the next call to a route under the address. */
  hold(route: string, at?: string): Promise<{ held(): Promise<void>; release(): Promise<void> }>;
}

/** Adds a row that nothing is known of yet. */
export async function addUser(
  world: World,
  name: string,
  { client = world.client, email = `${name}@example.com`, active = true } = {},
): Promise<UserInWorld> {
  const id = await world.database.addUser({ email, active });
  const key = parseDjangoUserId(id);
  const { control, url } = world.standIn;
  return {
    id,
    key,
    address: email,
    handle: client.workflow.getHandle(accountWorkflowId(key)),
    rotate: (options) => rotateCredential(client, key, { taskQueue: world.taskQueue, ...options }),
    account: () => control.account(email),
    async login(password) {
      const response = await fetch(`${url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      const { message = String(response.status) } = (await response.json()) as { message?: string };
      return message;
    },
    async hold(route, at = 'before') {
      await control.fault({ route, at, action: 'hold', address: email });
      return {
        held: () => control.held({ route, at, address: email }),
        release: () => control.release({ address: email }),
      };
    },
  };
}

/** Adds a user who has an account. */
export async function addProvisioned(
  world: World,
  name: string,
  options: Parameters<typeof addUser>[2] = {},
): Promise<UserInWorld> {
  const user = await addUser(world, name, options);
  await (await world.provision(user.id)).result();
  return user;
}

/** Changes columns of the row as Django would, past all rules of the product. */
export async function changeRow(
  { database }: World,
  { id }: { readonly id: string },
  columns: Readonly<Record<string, unknown>>,
): Promise<void> {
  const names = Object.keys(columns);
  const assignments = names.map((name, index) => `${name} = $${index + 2}`).join(', ');
  await database.owner.query(`UPDATE users_user SET ${assignments} WHERE id = $1`, [
    id,
    ...Object.values(columns),
  ]);
}
