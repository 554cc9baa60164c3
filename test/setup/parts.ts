/** The real parts that the test runner (`tools/run-tests.ts`) has started. */
function started(variable: string): string {
  const value = process.env[variable];
  if (value === undefined)
    throw new Error(`${variable} is not set: run the tests by \`make test\` or tools/run-tests.ts`);
  return value;
}

export const temporalAddress = (): string => started('HESTAMI_TEST_TEMPORAL_ADDRESS');
/** As a superuser. */
export const postgresUrl = (): string => started('HESTAMI_TEST_POSTGRES_URL');
export const redisUrl = (): string => started('HESTAMI_TEST_REDIS_URL');
