/** An attempt, the first, that no other worker has taken over, and whose stages nobody looks at. */
export const heldAttempt = { number: 1, enter: (): void => undefined, assertHeld: (): void => undefined };
