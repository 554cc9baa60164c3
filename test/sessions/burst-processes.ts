import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { World } from '../../tools/world.ts';
import { redisUrl, temporalAddress } from '../setup/parts.ts';
import type { FromBff, Got, ToBff } from './bff-process.ts';

const SCRIPT = fileURLToPath(new URL('bff-process.ts', import.meta.url));

/** A BFF that shares nothing with others but Redis and Temporal. */
export interface BffProcess extends AsyncDisposable {
  /** Lets so many requests of a user come in at once, and answers what they got. */
  requests(userId: string, count: number): Promise<readonly Got[]>;
}

/** Starts a BFF in a process of its own. */
export async function startBffProcess(world: World): Promise<BffProcess> {
  const child = fork(SCRIPT, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const ask = async (message: ToBff): Promise<FromBff> => {
    const answered = once(child, 'message') as Promise<[FromBff]>;
    const died = exited.then(() => {
      throw new Error('The BFF has died');
    });
    child.send(message);
    return (await Promise.race([answered, died]))[0];
  };
  await ask({
    type: 'open',
    redisUrl: redisUrl(),
    temporalAddress: temporalAddress(),
    sessionKey: world.keys.session,
    taskQueue: world.taskQueue,
  });
  return {
    async requests(userId, count) {
      const answer = await ask({ type: 'requests', userId, count });
      if (answer.type !== 'answers') throw new Error('It has answered something else');
      return answer.answers;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await exited;
    },
  };
}
