/** Gets bytes, tells how fast they came, and keeps a few that will be wanted soon. */
import Estimator from "hls.js/src/utils/ewma-bandwidth-estimator";
import type { Part } from "./layout.ts";

/** The server's answer was no; `status` is HTTP's, 0 when the connection failed. */
export class FetchFault extends Error {
  readonly status: number;

  constructor(status: number) {
    super(status ? `HTTP ${status}` : "no connection");
    this.status = status;
  }
}

const FIRST_GUESS = 600_000;
const KEPT = 8;
const HUNG_MS = 20_000;
const MEMORY = "segue.bandwidth";

export class Fetcher {
  readonly #estimator = new Estimator(9, 3, remembered());
  readonly #kept = new Map<string, Promise<ArrayBuffer>>();

  /** Bits per second. */
  get estimate(): number {
    return this.#estimator.getEstimate();
  }

  /** Fetches ahead: true when it stands ready. Faults are silent, the real fetch will meet them. */
  keep(part: Part): Promise<boolean> {
    const key = keyOf(part);
    const bytes = this.#kept.get(key) ?? this.#fetch(part);
    this.#hold(key, bytes);
    return bytes.then(() => true, () => (this.#kept.delete(key), false));
  }

  /** Bytes that could not be used yet. */
  giveBack(part: Part, bytes: ArrayBuffer): void {
    this.#hold(keyOf(part), Promise.resolve(bytes));
  }

  #hold(key: string, bytes: Promise<ArrayBuffer>): void {
    this.#kept.set(key, bytes);
    for (const old of this.#kept.keys()) if (this.#kept.size > KEPT) this.#kept.delete(old);
  }

  /**
   * The bytes of a part.
   *
   * Throws FetchFault, or the signal's reason.
   */
  async get(part: Part, signal: AbortSignal): Promise<ArrayBuffer> {
    const key = keyOf(part);
    const kept = this.#kept.get(key);
    if (!kept) return this.#fetch(part, signal);
    this.#kept.delete(key);
    const bytes = await kept.catch(() => this.#fetch(part, signal));
    signal.throwIfAborted();
    return bytes;
  }

  async #fetch(part: Part, signal?: AbortSignal): Promise<ArrayBuffer> {
    const begun = performance.now();
    const hung = AbortSignal.timeout(HUNG_MS + Math.round(part.bytes / 8));
    const headers: HeadersInit = part.range
      ? { range: `bytes=${part.range[0]}-${part.range[0] + part.range[1] - 1}` } : {};
    try {
      const init: RequestInit = { credentials: "same-origin", headers, signal: signal ? AbortSignal.any([signal, hung]) : hung };
      const response = await fetch(part.url, init);
      if (!response.ok) throw new FetchFault(response.status);
      const bytes = await response.arrayBuffer();
      if (part.range && response.status === 200) return this.#measured(begun, bytes, part.range);
      return this.#measured(begun, bytes, null);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw error instanceof FetchFault ? error : new FetchFault(0);
    }
  }

  /** A server that ignores ranges sends the whole file: ours is cut out of it. */
  #measured(begun: number, bytes: ArrayBuffer, range: [number, number] | null): ArrayBuffer {
    if (bytes.byteLength > 10_000) {
      this.#estimator.sample(performance.now() - begun, bytes.byteLength);
      remember(this.estimate);
    }
    return range ? bytes.slice(range[0], range[0] + range[1]) : bytes;
  }
}

const keyOf = (part: Part): string => `${part.url}@${part.range?.join("-") ?? ""}`;

function remembered(): number {
  try {
    const guess = Number(sessionStorage.getItem(MEMORY));
    return guess > 0 ? Math.min(guess, 5_000_000) : FIRST_GUESS;
  } catch {
    return FIRST_GUESS;
  }
}

function remember(estimate: number): void {
  try {
    sessionStorage.setItem(MEMORY, String(Math.round(estimate)));
  } catch {
    // Forbidden: the next page guesses again.
  }
}
