/** A pause that can be cut short, also by a call that came a moment before it. */
export class Waiter {
  readonly #waiting = new Set<() => void>();
  #woken = false;

  /** Until somebody wakes it, at most so many milliseconds. */
  wait(most: number): Promise<void> {
    const early = this.#woken;
    this.#woken = false;
    return new Promise((done) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        done();
      };
      const timer = setTimeout(wake, early ? 0 : most);
      this.#waiting.add(wake);
    });
  }

  wake(): void {
    this.#woken = this.#waiting.size === 0;
    for (const wake of this.#waiting) wake();
  }
}
