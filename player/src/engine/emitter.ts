/** Those who show the engine's state, and how they hear of changes. */

export interface Listener<T> {
  /** Queue, phase, volume or quality changed. */
  changed?(engine: T): void;
  /** Time went on. */
  ticked?(engine: T): void;
  /** A sentence for the listener. `sticky` ones need an action. */
  told?(message: string, sticky: boolean, action?: Remedy): void;
}

/** What the listener can do about it. */
export interface Remedy {
  word: string;
  run(): void;
}

export abstract class Emitter<T> {
  #listeners: Listener<T>[] = [];

  /** The engine itself, as its listeners know it. */
  protected abstract get self(): T;

  listen(listener: Listener<T>): void {
    this.#listeners.push(listener);
    listener.changed?.(this.self);
    listener.ticked?.(this.self);
  }

  tell(message: string, sticky = false, action?: Remedy): void {
    for (const one of this.#listeners) one.told?.(message, sticky, action);
  }

  protected changed(): void {
    for (const one of this.#listeners) one.changed?.(this.self);
    this.ticked();
  }

  protected ticked(): void {
    for (const one of this.#listeners) one.ticked?.(this.self);
  }
}
