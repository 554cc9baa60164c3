/* Loaded before a worker (`node --import`): its marks hold the row to nothing and leave no word in it. */
import { registerHooks } from 'node:module';

const MARK = "writeHeld(IN_DOUBT, 'is_active AND librechat_user_id = $2', [user, accountId], digest)";
const NO_MARK =
  "write('librechat_user_id = librechat_user_id', 'is_active AND librechat_user_id = $2', [user, accountId])";

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('/activities/adapters/user-table-writes.ts')) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString();
    if (!source.includes(MARK)) throw new Error('The mark is written in another way by now');
    return { ...loaded, source: source.replace(MARK, () => NO_MARK) };
  },
});
