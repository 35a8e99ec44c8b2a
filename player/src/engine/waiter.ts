/** A pause that can be cut short. */
export class Waiter {
  #wake: () => void = () => undefined;

  /** Until somebody wakes it, at most so many milliseconds. */
  wait(most: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, most);
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  wake(): void {
    this.#wake();
  }
}
