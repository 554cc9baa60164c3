import { createLibreChat } from '../../activities/adapters/librechat/index.ts';
import { startStandIn } from '../../standin/server.ts';
import { libreChatSuite } from '../suites/librechat.ts';

/** No test is to meet a limiter, nor to wait for a costly hash. */
const UNHURRIED = { bcryptCost: 4, loginMax: 10_000, registerMax: 10_000, resetPasswordMax: 10_000 };

libreChatSuite({
  create: async (settings) => {
    const standIn = await startStandIn({ settings: { ...UNHURRIED, ...settings } });
    const libreChat = createLibreChat({ baseUrl: standIn.url });
    return {
      libreChat,
      [Symbol.asyncDispose]: async () => {
        await libreChat.close();
        await standIn.close();
      },
    };
  },
});
