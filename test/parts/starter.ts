/* Starts all parts, says so, and stays: to be ended from outside. */
import { startParts } from '../../tools/parts/index.ts';

const { temporal, postgres, redis } = await startParts({
  temporal: { own: true },
  postgres: { own: true },
  redis: { own: true },
});
console.log(
  `ready ${JSON.stringify({ address: temporal.address, adminUrl: postgres.adminUrl, redisUrl: redis.url })}`,
);
