/**
 * A deck over the browser's own HLS, where Media Source Extensions are missing.
 *
 * It tells the same events, but nothing can be joined: each track is a stream of its own.
 */
import { type Deck, type DeckEvents, EVENTS, type Item, type Wishes } from "./deck.ts";
import { isFlac } from "./layout.ts";
import type { QualityChoice, Rendition } from "./types.ts";

/** It would cross from FLAC to AAC in mid-track: it gets one family only. */
const listOf = (choice: QualityChoice): string =>
  choice === "lossless" || choice === "hires" ? "lossless.m3u8" : "adaptive.m3u8";

export class Native implements Deck {
  readonly audio: HTMLAudioElement;
  readonly following = null;
  readonly joins = false;
  readonly untilJoin = Number.POSITIVE_INFINITY;
  item: Item | null = null;
  readonly #events: DeckEvents;
  #wishes: Wishes = { choice: "auto", saver: false };
  #from = 0;
  #lossless = false;
  #renewed = false;

  constructor(audio: HTMLAudioElement, events: DeckEvents) {
    this.audio = audio;
    this.#events = events;
    for (const name of EVENTS) audio.addEventListener(name, () => this.#heard(name));
    audio.addEventListener("loadedmetadata", () => this.#place());
    audio.addEventListener("error", () => void this.#broken());
  }

  get sounding(): Item | null {
    return this.item;
  }

  get position(): number {
    return this.audio.readyState > 0 ? this.audio.currentTime : this.#from;
  }

  /** The browser does not tell which: known only where there is one lossless. */
  get rendition(): Rendition | null {
    const flac = this.#lossless ? this.item?.play.renditions.filter(isFlac) : [];
    return flac?.length === 1 ? flac[0]! : null;
  }

  warm(): void {
    // It fetches by itself.
  }

  load(item: Item, at: number, wishes: Wishes): Promise<void> {
    this.release();
    this.item = item;
    this.#from = at;
    this.#wishes = wishes;
    this.#point();
    return Promise.resolve();
  }

  follow(): void {
    // Nothing can be joined.
  }

  skip(): void {
    // Nothing was joined.
  }

  seek(seconds: number): void {
    this.#from = seconds;
    if (this.audio.readyState > 0) this.audio.currentTime = seconds;
  }

  /** Takes effect with the next track: a change of address would be heard. */
  steer(wishes: Wishes): void {
    this.#wishes = wishes;
  }

  release(): void {
    this.item = null;
    this.#lossless = this.#renewed = false;
    if (!this.audio.hasAttribute("src")) return;
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  #point(): void {
    const list = listOf(this.#wishes.choice);
    this.#lossless = list === "lossless.m3u8";
    this.audio.src = this.item!.play.hls.replace(/master\.m3u8$/, list);
  }

  #place(): void {
    if (this.item && this.#from > 0) this.audio.currentTime = this.#from;
  }

  #heard(event: string): void {
    if (!this.item) return;
    if (event === "timeupdate") this.#from = this.audio.currentTime;
    if (event === "playing") this.#renewed = false;
    this.#events.changed(this, event);
  }

  /** The element does not tell why: a fresh token is the one thing to try. */
  async #broken(): Promise<void> {
    const { item, audio } = this;
    if (!item || !audio.error) return;
    if (this.#renewed) return this.#events.failed(this, 0);
    this.#renewed = true;
    const resume = !audio.paused;
    try {
      item.play = { ...item.play, ...(await this.#events.renew(item)) };
    } catch (error) {
      return this.#events.failed(this, (error as { status?: number }).status ?? 0);
    }
    if (this.item !== item) return;
    this.#point();
    if (resume) await audio.play().catch(() => undefined);
  }
}
