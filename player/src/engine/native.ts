/**
 * A deck over the browser's own HLS, where Media Source Extensions are missing.
 *
 * It tells the same events, but nothing can be joined: each track is a stream of its own.
 */
import { type Deck, type DeckEvents, EVENTS, type Item, type Wishes } from "./deck.ts";
import { isFlac } from "./layout.ts";
import type { QualityChoice, Rendition } from "./types.ts";

/** Events of the element come some four times a second. */
const SOON = 0.6;

/** Only of a part is it told where in its segments it lies. */
function edgesOf({ play }: Item): { from: number; to: number } {
  const one = play.renditions[0];
  if (one?.decode_time === undefined) return { from: 0, to: Number.POSITIVE_INFINITY };
  return { from: one.delay / one.rate, to: (one.delay + one.samples) / one.rate };
}

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
  /** What of the stream is the music, in seconds: its segments may reach beyond a preview's edges. */
  #edges = { from: 0, to: Number.POSITIVE_INFINITY };
  #timer: ReturnType<typeof setTimeout> | undefined;

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
    return this.audio.readyState > 0 ? Math.max(0, this.audio.currentTime - this.#edges.from) : this.#from;
  }

  /** The browser does not tell which: known only where there is one lossless. */
  get rendition(): Rendition | null {
    const flac = this.#lossless ? this.item?.play.renditions.filter(isFlac) : [];
    return flac?.length === 1 ? flac[0]! : null;
  }

  /** It fetches by itself. */
  warm(): Promise<boolean> {
    return Promise.resolve(true);
  }

  load(item: Item, at: number, wishes: Wishes): Promise<void> {
    this.release();
    this.item = item;
    this.#from = at;
    this.#wishes = wishes;
    this.#edges = edgesOf(item);
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
    if (this.audio.readyState > 0) this.#place();
  }

  /** Takes effect with the next track: a change of address would be heard. */
  steer(wishes: Wishes): void {
    this.#wishes = wishes;
  }

  release(): void {
    this.item = null;
    clearTimeout(this.#timer);
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
    const at = this.#from + this.#edges.from;
    if (this.item && (at > 0 || this.audio.currentTime > 0)) this.audio.currentTime = at;
  }

  /** The stream goes on to the end of its last segment: what is played ends at its own. */
  #watch(): void {
    clearTimeout(this.#timer);
    const left = this.#edges.to - this.audio.currentTime;
    if (left > SOON || this.audio.seeking || this.audio.paused) return;
    if (left > 0.004) this.#timer = setTimeout(() => this.#watch(), Math.max(1, left * 1000));
    else {
      this.audio.pause();
      this.#events.changed(this, "ended");
    }
  }

  #heard(event: string): void {
    if (!this.item) return;
    if (event === "timeupdate") this.#from = this.position;
    if (event === "playing") this.#renewed = false;
    this.#events.changed(this, event);
    if (event === "timeupdate" || event === "playing") this.#watch();
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
