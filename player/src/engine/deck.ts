/** One media element with hls.js on it. Two of them take turns: one plays, one stands ready. */
import type Hls from "hls.js";
import type { ErrorData, Level } from "hls.js";
import { Chain } from "./chain.ts";
import type { Entry } from "./queue.ts";
import type { Play, QualityChoice } from "./types.ts";

export interface DeckEvents {
  /** Anything of interest happened on the element. */
  changed(deck: Deck, event: string): void;
  /** The stream can't go on: `status` is the HTTP status, 0 for anything else. */
  failed(deck: Deck, status: number): void;
}

const HEARD = ["timeupdate", "playing", "pause", "waiting", "seeking", "seeked", "ended",
  "durationchange", "loadeddata"] as const;
const GONE = new Set([401, 403, 404, 410]);
const KBITS: Record<QualityChoice, number> = { auto: 0, low: 64, normal: 128, high: 256, lossless: 0 };

const isFlac = (level: Level): boolean => /flac/i.test(level.audioCodec ?? level.codecs ?? "");

/** Index of the AAC level nearest to the wanted rate; -1 lets hls.js choose. */
export function levelFor(levels: readonly Level[], choice: QualityChoice): number {
  const wanted = KBITS[choice] * 1000;
  if (!wanted) return -1;
  const off = levels.map((level) => Math.abs(level.bitrate - wanted));
  return off.indexOf(Math.min(...off));
}

export class Deck {
  readonly audio = new Audio();
  entry: Entry | null = null;
  play: Play | null = null;
  lossless = false;
  /** What was asked for when the track was loaded. */
  choice: QualityChoice = "auto";
  #hls: Hls | null = null;
  #chain: Chain | null = null;
  #link = 0;
  #generation = 0;
  readonly #events: DeckEvents;

  constructor(events: DeckEvents) {
    this.#events = events;
    this.audio.preload = "auto";
    for (const name of HEARD) this.audio.addEventListener(name, () => events.changed(this, name));
    this.audio.addEventListener("error", () => {
      if (this.entry && !this.#hls && this.audio.error) events.failed(this, 0);
    });
  }

  /** Where the track begins on the element's time line, in seconds. */
  get start(): number {
    return this.#chain?.start(this.#link, this.lossless) ?? 0;
  }

  /** Seconds into the track. */
  get position(): number {
    return Math.max(0, this.audio.currentTime - this.start);
  }

  /** The track that is joined to this one, if any. */
  get joined(): Entry | null {
    return this.#chain?.links[this.#link + 1]?.entry ?? null;
  }

  /** Whether another track can still be joined. */
  get open(): boolean {
    return this.#chain !== null && this.#chain.open && this.joined === null;
  }

  /** Seconds until the joined track begins; Infinity when none is joined. */
  get untilJoin(): number {
    if (!this.joined) return Number.POSITIVE_INFINITY;
    return this.#chain!.start(this.#link + 1, this.lossless) - this.audio.currentTime;
  }

  /** Joins a track to the end of this one at the exact sample. */
  async join(entry: Entry, play: Play): Promise<void> {
    await this.#chain?.extend(entry, play);
  }

  /** The joined track is the current one now. */
  step(): void {
    this.#link += 1;
    const link = this.#chain!.links[this.#link]!;
    this.entry = link.entry;
    this.play = link.play;
  }

  /** Nothing will be joined: let the stream end. */
  close(): void {
    this.#chain?.close();
  }

  seek(seconds: number): void {
    this.audio.currentTime = this.start + seconds;
  }

  /**
   * Loads a track up to the point where it can play, paused at `at` seconds. With `runsOn` the
   * next track can be joined to it.
   */
  async load(entry: Entry, play: Play, at: number, choice: QualityChoice, runsOn = false): Promise<void> {
    this.release();
    const generation = ++this.#generation;
    this.entry = entry;
    this.play = play;
    this.choice = choice;
    const { default: Player } = await import("./hls.ts");
    if (generation !== this.#generation) return;
    if (!Player.isSupported()) return this.#native(play, at, choice);
    const chain = runsOn && play.gapless && Object.keys(play.gapless).length
      ? await Chain.begin(entry, play).catch(() => null) : null;
    if (generation !== this.#generation) return;
    this.#chain = chain;
    const hls = new Player({
      enableWorker: false,
      lowLatencyMode: false,
      startFragPrefetch: true,
      testBandwidth: false,
      startPosition: at,
      maxBufferLength: choice === "lossless" ? 18 : 30,
      maxBufferSize: 8_000_000,
      backBufferLength: 10,
      ...(chain ? { pLoader: chain.loader(Player) } : {}),
    });
    this.#hls = hls;
    hls.on(Player.Events.MANIFEST_PARSED, () => this.#choose(hls, choice));
    hls.on(Player.Events.LEVEL_SWITCHED, () => this.#events.changed(this, "level"));
    hls.on(Player.Events.ERROR, (_: string, data: ErrorData) => this.#error(Player, hls, data));
    chain?.cut(hls, Player);
    hls.loadSource(chain?.source ?? play.hls);
    hls.attachMedia(this.audio);
  }

  /** AAC steps may change at any segment; lossless only when a track is loaded. */
  steer(choice: QualityChoice): void {
    const hls = this.#hls;
    if (!hls || this.lossless || choice === "lossless") return;
    const level = levelFor(hls.levels, choice);
    if (level !== hls.loadLevel) hls.nextLevel = level;
  }

  /** Bits per second of what is playing now, 0 when unknown. */
  get bitrate(): number {
    const hls = this.#hls;
    return hls?.levels[hls.currentLevel]?.averageBitrate ?? hls?.levels[hls.currentLevel]?.bitrate ?? 0;
  }

  release(): void {
    this.#generation++;
    this.#hls?.destroy();
    this.#hls = null;
    this.#chain = null;
    this.#link = 0;
    this.entry = null;
    this.play = null;
    this.lossless = false;
    if (this.audio.hasAttribute("src")) {
      this.audio.removeAttribute("src");
      this.audio.load();
    }
  }

  /** A native player would cross from FLAC to AAC in mid-track: it gets one family only. */
  #native(play: Play, at: number, choice: QualityChoice): void {
    this.lossless = choice === "lossless";
    const name = this.lossless ? "lossless.m3u8" : "adaptive.m3u8";
    this.audio.src = play.hls.replace(/master\.m3u8$/, name);
    this.audio.addEventListener("loadedmetadata", () => (this.audio.currentTime = at), { once: true });
  }

  #choose(hls: Hls, choice: QualityChoice): void {
    const some = hls.levels.some(isFlac);
    this.lossless = choice === "lossless" && some;
    for (let i = hls.levels.length - 1; i >= 0; i--) {
      if (hls.levels.length > 1 && isFlac(hls.levels[i]!) !== this.lossless) hls.removeLevel(i);
    }
    if (this.lossless) return;
    const level = choice === "lossless" ? hls.levels.length - 1 : levelFor(hls.levels, choice);
    if (level >= 0) {
      hls.startLevel = level;
      hls.loadLevel = level;
    }
  }

  #error(Player: typeof Hls, hls: Hls, data: ErrorData): void {
    const status = data.response?.code ?? 0;
    if (GONE.has(status)) {
      hls.stopLoad();
      this.#events.failed(this, status);
    } else if (data.fatal && data.type === Player.ErrorTypes.MEDIA_ERROR) {
      hls.recoverMediaError();
    } else if (data.fatal) {
      this.#events.failed(this, status);
    }
  }
}
