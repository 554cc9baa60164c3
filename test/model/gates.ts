/** A point at which somebody waits to be allowed to go on: a call on its way, or its answer. */
interface Gate {
  readonly actor: string;
  readonly at: string;
  readonly go: () => void;
  readonly fail: (error: Error) => void;
}

/**
 * Lets any number of concurrent actors take one step at a time, in the order that the model chooses. An actor that is
 * forgotten is one that was killed: it never takes another step.
 */
export class Gates {
  readonly #waiting: Gate[] = [];

  /** Where everybody waits. */
  get waiting(): readonly { readonly actor: string; readonly at: string }[] {
    return this.#waiting;
  }

  wait(actor: string, at: string): Promise<void> {
    return new Promise((go, fail) => this.#waiting.push({ actor, at, go, fail }));
  }

  /** Lets the nth go on, and waits until everybody stands at a gate again or has ended. */
  async open(index: number): Promise<void> {
    this.#take(index)?.go();
    await stillness();
  }

  /** The nth gets an error in place of an answer. */
  async fail(index: number, error: Error): Promise<void> {
    this.#take(index)?.fail(error);
    await stillness();
  }

  /** Kills everything that an actor does. */
  forget(actor: string): void {
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      if (this.#waiting[index]?.actor === actor) this.#waiting.splice(index, 1);
    }
  }

  #take(index: number): Gate | undefined {
    return this.#waiting.splice(index, 1)[0];
  }
}

/** Nothing in the model waits for a timer or for I/O, so one turn of the event loop ends all that can go on. */
function stillness(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
