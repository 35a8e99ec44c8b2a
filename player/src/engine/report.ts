/** Tells the server how much of one play was really heard. */
import { Heard } from "./heard.ts";

export type ProgressEvent = "progress" | "pause" | "end";

/** A play counts from here on; the server hears of it at once, not with the next round. */
const COUNTS_MS = 30_000;

export class Report {
  readonly heard = new Heard();
  /** Name of the rendition that was heard last. */
  rendition = "";
  readonly #url: string;
  /** A preview has no id, and nothing is told of it. */
  readonly #known: boolean;
  #seq = 0;
  #told = -1;
  #ended = false;

  constructor(playId: string) {
    this.#known = playId !== "";
    this.#url = `/api/v1/plays/${encodeURIComponent(playId)}/progress`;
  }

  /** Whether the play has come to count and the server does not know. */
  get due(): boolean {
    return this.#told < COUNTS_MS && this.heard.ms >= COUNTS_MS;
  }

  /** Sends what was heard so far. `last` uses a beacon, which outlives the page. */
  send(event: ProgressEvent, position: number, last = false): void {
    if (!this.#known || this.#ended || (event !== "end" && this.heard.ms === this.#told)) return;
    this.#told = this.heard.ms;
    this.#ended = event === "end";
    const body = JSON.stringify({
      heard_ms: this.heard.ms,
      position_ms: Math.max(0, Math.round(position * 1000)),
      event,
      seq: this.#seq++,
      rendition: this.rendition,
    });
    if (last && navigator.sendBeacon(this.#url, new Blob([body], { type: "application/json" })))
      return;
    void fetch(this.#url, {
      method: "POST",
      credentials: "same-origin",
      keepalive: true,
      headers: { "content-type": "application/json" },
      body,
    }).catch(() => undefined);
  }
}
