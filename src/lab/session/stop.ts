// How a run is ended early. Whoever can pass the request on to the requestors listens; it is a wish
// that comes once and stays.

/** The request to stop, as the host holds it. */
export class Stop {
  isRequested = false;
  /** The user asked for it. */
  bySignal = false;
  readonly #listeners: (() => void)[] = [];

  /** Calls `listener` at the first request; at once when that has come. */
  onRequest(listener: () => void): void {
    if (this.isRequested) listener();
    else this.#listeners.push(listener);
  }

  request(): void {
    this.isRequested = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
