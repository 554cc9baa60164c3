const TICK_MS = 20;
/** Timers are late by a little all the time; that is not standing still. */
const LATE_MS = 3 * TICK_MS;

/** What came of an action, and how long it took. */
export interface Timed<Value> {
  readonly value: Value;
  /** Milliseconds, without those in which the machine let this process stand still. */
  readonly ms: number;
  /** Milliseconds by the clock. */
  readonly wallMs: number;
}

/** Does something, and tells how long it took: for promises that the product makes about its own time-outs. */
export async function timed<Value>(action: () => Promise<Value>): Promise<Timed<Value>> {
  const beganAt = performance.now();
  let stoodMs = 0;
  let lastLook = beganAt;
  const look = (): void => {
    const now = performance.now();
    if (now - lastLook > LATE_MS) stoodMs += now - lastLook - TICK_MS;
    lastLook = now;
  };
  const timer = setInterval(look, TICK_MS);
  try {
    const value = await action();
    look();
    const wallMs = performance.now() - beganAt;
    return { value, ms: wallMs - stoodMs, wallMs };
  } finally {
    clearInterval(timer);
  }
}
