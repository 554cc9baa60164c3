/* Starts all parts, says where they are, and stays: to be ended from outside. */
import { startParts } from '../../tools/parts/index.ts';

const { temporal, postgres, redis } = await startParts({
  temporal: { own: true },
  postgres: { own: true },
  redis: { own: true },
});
const ports = [`tcp://${temporal.address}`, postgres.adminUrl, redis.url].map((url) => new URL(url).port);
console.log(`ready ${ports.join(' ')}`);
