/** The player: one queue, two decks, and the rules that join them. */
import { Ahead } from "./ahead.ts";
import { Refused } from "./api.ts";
import type { Deck, DeckEvents, Item } from "./deck.ts";
import { Listening } from "./listening.ts";
import { Plays } from "./plays.ts";
import { explain } from "./preview.ts";
import { mediaSource } from "./sink.ts";
import { type Action, type Entry, entryOf, inAlbum, type Queue, reduce } from "./queue.ts";
import { loadPlace, saveNow, savePlace, saveQueue } from "./store.ts";
import type { Track } from "./types.ts";

const SKIP_AFTER_MS = 500;
const REFUSALS_IN_A_ROW = 3;
/** A native player can't take another token: its own must last. */
const NATIVE_SECONDS = 14_400;
/** Refusals because another player of the account plays. */
const ELSEWHERE = new Set(["too_many_streams", "stream_taken"]);
const RETRY_MS = [1000, 2000, 4000, 5000] as const;

export class Engine extends Ahead<Engine> {
  protected readonly plays = new Plays(mediaSource() ? 0 : NATIVE_SECONDS);
  readonly #listening = new Listening(this.plays);
  #place = 0;
  #wanted = false;
  #stepping = false;
  #refusals = 0;
  #retried: string | null = null;
  #why: Refused | null = null;
  /** It played when the browser put the page to sleep, which pauses it. */
  #asleep = false;
  /** The track was loaded anew and has not sounded yet. */
  #opened = false;
  #skip = 0;
  #loading = 0;
  #tabs = "BroadcastChannel" in window ? new BroadcastChannel("segue") : null;

  constructor() {
    super();
    const events: DeckEvents = {
      changed: (deck, event) => this.#heard(deck, event),
      committed: (deck) => this.#committed(deck),
      crossed: (deck, before) => this.#crossed(deck, before),
      failed: (deck, status) => this.#failed(deck, status),
      network: (deck, lost) => { if (deck === this.deck) this.lost(lost); },
      renew: (item) => this.#renew(item),
    };
    this.equip(events);
    if (this.queue.current) {
      this.phase = "paused";
      this.#place = loadPlace(this.queue.current.uid);
    }
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("freeze", () => { this.#asleep = !this.deck.audio.paused; });
    document.addEventListener("resume", () => this.#woken());
    this.#tabs?.addEventListener("message", () => this.pause());
  }

  protected override get self(): Engine {
    return this;
  }

  /** Seconds into the current track. */
  override get position(): number {
    return this.loaded && this.deck.audio.readyState > 0 ? this.deck.position : this.#place;
  }

  /** Whether the listener wants it to play, also while the element still follows. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** Every change of the queue goes through here; a new `turn` starts a track. */
  override dispatch(action: Action): void {
    const before = this.queue;
    this.queue = reduce(before, action);
    if (this.queue === before) return;
    saveQueue(this.queue);
    if (this.queue.turn !== before.turn) this.#begin(before, action);
    else if (this.queue.finished && (action.type === "next" || action.type === "ended")) this.#finish();
    else this.plan();
    this.changed();
  }

  /** Plays a list from a track on; with a seed, shuffled. */
  playTracks(id: string, title: string, tracks: Track[], at: number, seed?: number | null): void {
    const first = seed == null && !tracks[at]?.playable && at === 0
      ? Math.max(0, tracks.findIndex((track) => track.playable)) : at;
    const action: Action = { type: "play", id, title, entries: tracks.map(entryOf), at: first };
    this.dispatch(seed === undefined ? action : { ...action, seed });
  }

  /** The listener's hand is on a track: what its start needs is fetched before the click ends. */
  prepare(track: Track): void {
    if (!track.playable || this.#wanted) return;
    this.plays.prepare(track).then((play) => this.deck.warm(play, this.wishes), () => undefined);
  }

  toggle(): void {
    if (this.phase === "playing" || this.phase === "loading" || this.phase === "stalled") this.pause();
    else void this.play();
  }

  async play(): Promise<void> {
    const entry = this.queue.current;
    if (!entry) return;
    this.#wanted = true;
    this.#refusals = 0;
    this.sound.wake();
    this.#tabs?.postMessage("playing");
    if (this.loaded) await this.#go();
    else await this.#load(entry, this.queue.finished ? 0 : this.#place);
  }

  override pause(): void {
    this.#wanted = false;
    clearTimeout(this.#skip);
    this.sound.settle();
    this.deck.audio.pause();
    if (this.phase === "loading" || this.phase === "stalled") this.to("paused");
  }

  seek(seconds: number): void {
    const to = Math.min(Math.max(0, seconds), Math.max(0, this.duration - 0.2));
    this.#place = to;
    this.sound.settle();
    if (this.loaded) {
      this.#listening.rest(this.deck);
      this.deck.seek(to);
    }
    if (this.queue.current) savePlace(this.queue.current.uid, to);
    this.ticked();
  }

  #begin(before: Queue, action: Action): void {
    clearTimeout(this.#skip);
    const entry = this.queue.current!;
    const { deck } = this;
    this.#retried = null;
    if (action.type !== "ended" && action.type !== "next") this.#refusals = 0;
    this.#place = 0;
    if (this.#stepping) return this.#started();
    this.#wanted = true;
    this.sound.settle();
    this.#tabs?.postMessage("playing");
    if (deck.following?.entry.uid === entry.uid && /^(ended|next|jump)$/.test(action.type)) {
      this.#stepping = true;
      deck.skip();
      this.#stepping = false;
      void this.#go();
      return this.#started();
    }
    if (before.current?.uid === entry.uid && this.loaded && (action.type === "previous" || action.type === "ended")) {
      if (action.type === "ended") this.#listening.end(this.deck);
      deck.seek(0);
      return void this.#go();
    }
    this.#listening.end(this.deck);
    if (this.decks[1].item?.entry.uid === entry.uid) return this.#swap();
    this.decks[1].release();
    void this.#load(entry, 0);
  }

  /** A track has begun in the stream that sounds already. */
  #started(): void {
    this.plays.used(this.queue.current!);
    this.refusal = "";
    this.plan();
  }

  /** On with the deck that stands ready. */
  #swap(): void {
    this.decks.reverse();
    this.plays.used(this.queue.current!);
    this.decks[1].audio.pause();
    this.decks[1].release();
    this.level();
    void this.#go();
  }

  async #load(entry: Entry, at: number, tries = 0): Promise<void> {
    const turn = ++this.#loading;
    this.refusal = "";
    this.deck.audio.pause();
    this.deck.release();
    this.to("loading");
    try {
      const play = await this.plays.now(entry);
      if (turn !== this.#loading || this.queue.current?.uid !== entry.uid) return;
      this.#opened = true;
      void this.deck.load({ entry, play }, at, this.wishes);
      this.level();
      if (this.#wanted) await this.#go();
    } catch (error) {
      if (turn !== this.#loading) return;
      const status = error instanceof Refused ? error.status : -1;
      if (status !== 0 && status < 500 && status !== 429) return this.#refused(entry, error);
      this.lost(true);
      const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]!;
      this.#skip = window.setTimeout(() => {
        if (this.#wanted && turn === this.#loading) void this.#load(entry, at, tries + 1);
      }, wait);
    }
  }

  async #go(): Promise<void> {
    try {
      const started = this.deck.audio.play();
      if (this.deck.audio.readyState < 3) this.to("loading"); // to show it takes longer than to start
      await started;
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      if (name === "AbortError") return;
      this.#wanted = false;
      this.to("paused");
      if (name === "NotAllowedError") this.tell("Press play once: the browser waits for you.");
    }
  }

  #refused(entry: Entry, error: unknown): void {
    const message = error instanceof Refused ? error.message : "This track did not load.";
    const until = error instanceof Refused ? error.until : null;
    this.refusal = message;
    this.deck.audio.pause();
    this.to("refused");
    if (error instanceof Refused && ELSEWHERE.has(error.code)) {
      this.#wanted = false;
      return this.tell(message, true, { word: "Play here", run: () => this.#takeOver() });
    }
    if (error instanceof Refused && error.status === 401) {
      this.#wanted = false;
      return this.tell(message, true);
    }
    this.dispatch({ type: "refuse", uid: entry.uid, reason: message, until });
    this.#refusals += 1;
    if (this.#refusals >= REFUSALS_IN_A_ROW) {
      this.#wanted = false;
      return void explain(this, entry.track, `Stopped after ${REFUSALS_IN_A_ROW} tracks that can’t be played. ${message}`);
    }
    void explain(this, entry.track, `${entry.track.title}: ${message}`);
    this.#skip = window.setTimeout(() => this.dispatch({ type: "next" }), SKIP_AFTER_MS);
  }

  #takeOver(): void {
    this.#place = this.position;
    this.deck.release();
    this.plays.takeOver();
    void this.play();
  }

  /** A stream broke off. A fresh play is asked for once. */
  #failed(deck: Deck, status: number): void {
    const entry = deck.item?.entry;
    if (deck !== this.deck || !entry) return deck.release();
    const why = this.#why ?? new Refused(status || 500, "", "This track stopped and could not be resumed.");
    this.#why = null;
    if (this.#retried === entry.uid || (status >= 400 && status < 500 && status !== 404)) return this.#refused(entry, why);
    this.#retried = entry.uid;
    void this.#load(entry, this.position);
  }

  async #renew(item: Item): Promise<Partial<Item["play"]>> {
    try {
      return await this.plays.renew(item);
    } catch (error) {
      this.#why = error instanceof Refused ? error : null;
      throw error;
    }
  }

  protected override lost(lost: boolean): void {
    if (lost === this.offline) return;
    this.offline = lost;
    this.tell(lost ? "No connection. What is loaded plays on, the rest follows by itself." : "Connected again.");
    this.changed();
  }

  /** The queue goes on a moment before the sound does: what is edited now comes behind that. */
  #committed(deck: Deck): void {
    const entry = deck.item?.entry;
    if (deck !== this.deck || this.#stepping || !entry) return;
    this.#stepping = true;
    this.dispatch(this.after?.uid === entry.uid ? { type: "ended" } : { type: "came", entry });
    this.#stepping = false;
  }

  #crossed(deck: Deck, before: Item): void {
    this.#listening.crossed(deck, before);
    if (deck === this.deck) this.level();
  }

  #heard(deck: Deck, event: string): void {
    if (deck !== this.deck || !deck.item) return;
    if (event === "level") return this.changed();
    this.#listening.hear(deck, event);
    if (event === "timeupdate") return this.#progress();
    if (event === "ended") return this.#ended();
    this.#follow(event);
  }

  #ended(): void {
    if (this.after || this.sleeping.until === "off") return this.dispatch({ type: "ended" });
    this.sleeping.set("off");
    this.#wanted = false;
    this.deck.seek(0);
    this.deck.audio.pause();
    this.to("paused");
  }

  #follow(event: string): void {
    if (event === "playing") {
      if (this.#opened) this.lost(false); // what was in the buffer already proves nothing
      this.#opened = false;
      this.#refusals = 0;
      this.refusal = "";
      this.to("playing");
      this.plan();
    } else if (event === "pause") {
      this.#listening.paused(this.deck);
      const { paused, ended } = this.deck.audio;
      if (paused && !ended) this.to("paused");
    } else if (event === "waiting" && this.phase === "playing") this.to("stalled");
    else this.ticked();
  }

  #progress(): void {
    this.ticked();
    this.#listening.tick(this.deck);
    this.#fading();
  }

  /** The next track comes in over the end of this one, where the listener wants that. */
  #fading(): void {
    const next = this.after;
    const seconds = this.fade;
    const [from, to] = this.decks;
    const ready = next && to.item?.entry.uid === next.uid && to.audio.readyState >= 3;
    const left = this.duration - this.position;
    if (!ready || !seconds || left > seconds || left < 1) return;
    this.sound.settle();
    this.#listening.end(this.deck);
    this.decks.reverse();
    this.#stepping = true;
    this.dispatch({ type: "ended" });
    this.#stepping = false;
    this.sound.cross(from, to, left, () => (from.audio.pause(), from.release(), this.plan()));
    void this.#go();
  }

  protected override level(): void {
    this.sound.level(this.deck, inAlbum(this.queue));
  }

  #finish(): void {
    this.#wanted = false;
    this.#listening.end(this.deck);
    this.deck.audio.pause();
    this.deck.release();
    this.#place = 0;
    this.to("paused");
  }

  #woken(): void {
    if (this.#asleep && this.#wanted && this.loaded) void this.#go();
    this.#asleep = false;
  }

  #leave(): void {
    this.#listening.leave(this.deck);
    saveNow(this.queue);
  }
}
