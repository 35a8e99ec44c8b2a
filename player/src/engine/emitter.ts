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

const SHOW_AFTER_MS = 20;

export abstract class Emitter<T> {
  #listeners: Listener<T>[] = [];
  #timer = 0;
  /** More than the time is to be shown. */
  #all = false;

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
    this.#all = true;
    this.ticked();
  }

  /** Sound goes before its picture: to show a change takes longer than to start a track. */
  protected ticked(): void {
    if (document.hidden) this.#show();
    else this.#timer ||= window.setTimeout(() => this.#show(), SHOW_AFTER_MS);
  }

  #show(): void {
    clearTimeout(this.#timer);
    const all = this.#all;
    this.#timer = 0;
    this.#all = false;
    for (const one of this.#listeners) {
      if (all) one.changed?.(this.self);
      one.ticked?.(this.self);
    }
  }
}
