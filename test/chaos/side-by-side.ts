/** Does all jobs, so many at a time, each on a place of its own that is kept for the next one. */
export async function sideBySide<Place extends AsyncDisposable, Job, Result>(
  jobs: Iterable<Job>,
  places: number,
  open: () => Promise<Place>,
  work: (place: Place, job: Job) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = jobs[Symbol.iterator]();
  const serve = async (): Promise<void> => {
    await using place = await open();
    for (let next = queue.next(); next.done !== true; next = queue.next())
      results.push(await work(place, next.value));
  };
  const ends = await Promise.allSettled(Array.from({ length: places }, serve));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}

/** Settles like the promise, or rejects when it takes longer than it may. */
export async function within<Value>(ms: number, what: string, promise: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`Not within ${ms} ms: ${what}`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
