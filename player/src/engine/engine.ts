/** The player: one queue, two decks, and the rules that join them. */
import { Refused } from "./api.ts";
import { Deck } from "./deck.ts";
import { Emitter } from "./emitter.ts";
import { type Action, type Entry, entryOf, following, type Queue, reduce, runsInto } from "./queue.ts";
import { Opener } from "./opener.ts";
import { Report } from "./report.ts";
import { loadPlace, loadQueue, loadSettings, saveNow, savePlace, saveQueue, saveSettings } from "./store.ts";
import type { QualityChoice, Track } from "./types.ts";

export type Phase = "empty" | "paused" | "loading" | "playing" | "stalled" | "refused";

/** The next track is made ready when so many seconds remain. */
const READY_BEFORE = 20;
/** Closer to the end than this, hls.js might ask for the grown playlist too late. */
const JOIN_BEFORE = 8;
const TELL_EVERY_MS = 10_000;
const SKIP_AFTER_MS = 500;
const REFUSALS_IN_A_ROW = 3;

export class Engine extends Emitter<Engine> {
  queue: Queue = loadQueue();
  phase: Phase = "empty";
  settings = loadSettings();
  /** Why nothing plays, shown in place of the title. */
  refusal = "";
  #decks: [Deck, Deck];
  #opener = new Opener();
  #reports = new WeakMap<Deck, Report>();
  #place = 0;
  #wanted = false;
  #refusals = 0;
  #told = 0;
  #readying: string | null = null;
  #renewed: string | null = null;
  #skip = 0;
  #loading = 0;
  #join = 0;
  #joined: Report | null = null;
  #tabs = "BroadcastChannel" in window ? new BroadcastChannel("segue") : null;

  constructor() {
    super();
    const events = {
      changed: (deck: Deck, event: string) => this.#heard(deck, event),
      failed: (deck: Deck, status: number) => void this.#failed(deck, status),
    };
    this.#decks = [new Deck(events), new Deck(events)];
    if (this.queue.current) {
      this.phase = "paused";
      this.#place = loadPlace(this.queue.current.uid);
    }
    this.#volume();
    addEventListener("pagehide", () => this.#leave());
    this.#tabs?.addEventListener("message", () => this.pause());
  }

  protected override get self(): Engine {
    return this;
  }

  get deck(): Deck {
    return this.#decks[0];
  }

  get track(): Track | null {
    return this.queue.current?.track ?? null;
  }

  get #loaded(): boolean {
    return this.deck.entry !== null && this.deck.entry.uid === this.queue.current?.uid;
  }

  /** Seconds into the current track. */
  get position(): number {
    return this.#loaded && this.deck.audio.readyState > 0 ? this.deck.position : this.#place;
  }

  get duration(): number {
    return this.track?.seconds || 0;
  }

  get next(): Entry | null {
    return following(this.queue);
  }

  /** Every change of the queue goes through here; a new `turn` starts a track. */
  dispatch(action: Action): void {
    const before = this.queue;
    this.queue = reduce(before, action);
    if (this.queue === before) return;
    saveQueue(this.queue);
    if (this.queue.turn !== before.turn) this.#begin(before, action);
    else if (this.queue.finished && (action.type === "next" || action.type === "ended")) this.#finish();
    this.changed();
  }

  /** Plays a list from a track on; with a seed, shuffled. */
  playTracks(id: string, title: string, tracks: Track[], at: number, seed?: number | null): void {
    const first = seed == null && !tracks[at]?.playable && at === 0
      ? Math.max(0, tracks.findIndex((track) => track.playable)) : at;
    const action: Action = { type: "play", id, title, entries: tracks.map(entryOf), at: first };
    this.dispatch(seed === undefined ? action : { ...action, seed });
  }

  /** Whether the listener wants it to play, also while the element still follows. */
  get wanted(): boolean { return this.#wanted; }

  toggle(): void {
    if (this.phase === "playing" || this.phase === "loading" || this.phase === "stalled") this.pause();
    else void this.play();
  }

  async play(): Promise<void> {
    const entry = this.queue.current;
    if (!entry) return;
    this.#wanted = true;
    this.#refusals = 0;
    this.#tabs?.postMessage("playing");
    if (this.#loaded) await this.#go();
    else await this.#load(entry, this.queue.finished ? 0 : this.#place);
  }

  pause(): void {
    this.#wanted = false;
    clearTimeout(this.#skip);
    this.deck.audio.pause();
    if (this.phase === "loading" || this.phase === "stalled") this.#to("paused");
  }

  seek(seconds: number): void {
    const to = Math.min(Math.max(0, seconds), Math.max(0, this.duration - 0.2));
    this.#place = to;
    if (this.#loaded) this.deck.seek(to);
    if (this.queue.current) savePlace(this.queue.current.uid, to);
    this.ticked();
  }

  setVolume(volume: number, muted = false): void {
    this.settings = { ...this.settings, volume: Math.min(1, Math.max(0, volume)), muted };
    saveSettings(this.settings);
    this.#volume();
    this.changed();
  }

  setQuality(quality: QualityChoice): void {
    this.settings = { ...this.settings, quality };
    saveSettings(this.settings);
    this.#dropStandby();
    this.deck.steer(quality);
    this.changed();
  }

  setKeys(keys: boolean): void {
    this.settings = { ...this.settings, keys };
    saveSettings(this.settings);
    this.changed();
  }

  #begin(before: Queue, action: Action): void {
    clearTimeout(this.#skip);
    const entry = this.queue.current!;
    this.#wanted = true;
    this.#renewed = null;
    if (action.type !== "ended" && action.type !== "next") this.#refusals = 0;
    this.#tabs?.postMessage("playing");
    if (this.deck.entry) this.#report(this.deck)?.send("end", this.deck.position);
    this.#place = 0;
    const family = (this.settings.quality === "lossless") === (this.deck.choice === "lossless");
    if (family && this.deck.joined?.uid === entry.uid && /^(ended|next)$/.test(action.type)) {
      return this.#cross();
    }
    if (this.#decks[1].entry?.uid === entry.uid && this.#decks[1].play) {
      this.#decks.reverse();
      this.#opener.used();
      this.#decks[1].audio.pause();
      this.#decks[1].release();
      this.#readying = null;
      void this.#go();
      return;
    }
    if (before.current?.uid === entry.uid && this.#loaded && action.type === "previous") {
      this.deck.seek(0);
      void this.#go();
      return;
    }
    this.#dropStandby();
    void this.#load(entry, 0);
  }

  /** On into the joined track; the sound does not stop. */
  #cross(): void {
    const { deck } = this;
    if (deck.untilJoin > 0.3) deck.audio.currentTime += deck.untilJoin;
    deck.step();
    this.#opener.used();
    this.#readying = null;
    const report = this.#joined ?? new Report(deck.play!.play_id);
    this.#joined = null;
    this.#reports.set(deck, report);
    report.heard.anchor(deck.audio.currentTime, performance.now());
    void this.#ready();
    if (deck.audio.paused) void this.#go();
  }

  async #load(entry: Entry, at: number): Promise<void> {
    const turn = ++this.#loading;
    this.refusal = "";
    this.deck.audio.pause();
    this.deck.release();
    this.#to("loading");
    try {
      const play = await this.#opener.now(entry);
      if (turn !== this.#loading || this.queue.current?.uid !== entry.uid) return;
      this.#reports.set(this.deck, new Report(play.play_id));
      await this.deck.load(entry, play, at, this.settings.quality, runsInto(this.queue, this.next));
      if (this.#wanted && turn === this.#loading) await this.#go();
    } catch (error) {
      if (turn === this.#loading) this.#refused(entry, error);
    }
  }

  async #go(): Promise<void> {
    try {
      if (this.deck.audio.readyState < 3) this.#to("loading");
      await this.deck.audio.play();
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      if (name === "AbortError") return;
      this.#wanted = false;
      this.#to("paused");
      if (name === "NotAllowedError") this.tell("Press play once: the browser waits for you.");
    }
  }

  #refused(entry: Entry, error: unknown): void {
    const message = error instanceof Refused ? error.message : "This track did not load.";
    const status = error instanceof Refused ? error.status : 0;
    this.refusal = message;
    this.#to("refused");
    if (status === 401 || status === 0) {
      this.#wanted = false;
      this.tell(message, true);
      return;
    }
    this.dispatch({ type: "refuse", uid: entry.uid, reason: message });
    this.#refusals += 1;
    if (this.#refusals >= REFUSALS_IN_A_ROW) {
      this.#wanted = false;
      this.tell(`Stopped after ${REFUSALS_IN_A_ROW} tracks that can’t be played. ${message}`, true);
      return;
    }
    this.tell(`${entry.track.title}: ${message}`);
    this.#skip = window.setTimeout(() => this.dispatch({ type: "next" }), SKIP_AFTER_MS);
  }

  /** A stream broke off. A fresh play is asked for once: the token may just be too old. */
  async #failed(deck: Deck, status: number): Promise<void> {
    const entry = deck.entry;
    if (deck !== this.deck || !entry) return this.#dropStandby();
    if (this.#renewed === entry.uid) {
      const why = new Refused(status || 500, "", "This track stopped and could not be resumed.");
      return this.#refused(entry, why);
    }
    this.#renewed = entry.uid;
    await this.#load(entry, this.position);
  }

  #report(deck: Deck): Report | undefined {
    return this.#reports.get(deck);
  }

  #heard(deck: Deck, event: string): void {
    if (deck !== this.deck || !deck.entry) return;
    if (event === "level") return this.changed();
    const heard = this.#report(deck)?.heard;
    const { audio } = deck;
    const now = performance.now();
    if (event === "timeupdate" && !audio.paused && !audio.seeking) heard?.advance(audio.currentTime, now);
    else if (event === "playing") heard?.anchor(audio.currentTime, now);
    else if (event !== "timeupdate" && event !== "durationchange") heard?.rest();
    if (event === "timeupdate") return this.#progress(now);
    const over = event === "waiting" && !deck.joined && this.duration - deck.position < 0.3;
    if (event === "ended" || over) return this.dispatch({ type: "ended" });
    this.#follow(event);
  }

  #follow(event: string): void {
    if (event === "playing") {
      if (this.deck.open) void this.#ready();
      this.#refusals = 0;
      this.refusal = "";
      this.#to("playing");
    } else if (event === "pause") {
      this.#report(this.deck)?.send("pause", this.position);
      if (!this.deck.audio.ended) this.#to("paused");
    } else if (event === "waiting" && this.phase === "playing") this.#to("stalled");
    else this.ticked();
  }

  #progress(now: number): void {
    this.ticked();
    const report = this.#report(this.deck);
    if (now - this.#told > TELL_EVERY_MS || report?.due) {
      this.#told = now;
      report?.send("progress", this.position);
      if (this.queue.current) savePlace(this.queue.current.uid, this.position);
    }
    const until = this.deck.untilJoin;
    if (until < 0.6) this.#await(until);
    else if (this.duration - this.position < READY_BEFORE) void this.#ready();
  }

  /** The element's own events are too coarse for the moment of the join. */
  #await(seconds: number): void {
    clearTimeout(this.#join);
    this.#join = window.setTimeout(() => {
      const until = this.deck.untilJoin;
      if (this.deck.audio.paused || until > 0.6) return;
      if (until > 0.004) this.#await(until);
      else {
        this.#report(this.deck)?.heard.advance(this.deck.audio.currentTime, performance.now());
        this.dispatch({ type: "ended" });
      }
    }, Math.max(0, seconds * 1000));
  }

  /** Opens and buffers the next track, so that it starts at once. */
  async #ready(): Promise<void> {
    const entry = this.next;
    const standby = this.#decks[1];
    if (this.deck.open && !runsInto(this.queue, entry)) this.deck.close();
    if (!entry || entry.uid === this.queue.current?.uid || this.#readying === entry.uid) return;
    if (this.deck.joined?.uid === entry.uid) return;
    if (!this.deck.open && this.duration - this.position > READY_BEFORE) return;
    this.#dropStandby();
    this.#readying = entry.uid;
    try {
      if (this.deck.open && this.duration - this.position > JOIN_BEFORE) return await this.#joinNext(entry);
      this.deck.close();
      const play = await this.#opener.ahead(entry);
      if (this.#readying !== entry.uid || this.next?.uid !== entry.uid) return;
      this.#reports.set(standby, new Report(play.play_id));
      await standby.load(entry, play, 0, this.settings.quality);
    } catch (error) {
      if (error instanceof Refused && error.status === 403 && this.#readying === entry.uid) {
        this.dispatch({ type: "refuse", uid: entry.uid, reason: error.message });
        this.tell(`${entry.track.title}: ${error.message}`);
      }
    }
  }

  /** Joins the next track to the current one; where that can't be, it stands ready as usual. */
  async #joinNext(entry: Entry): Promise<void> {
    const { deck } = this;
    const play = await this.#opener.ahead(entry);
    if (this.#readying !== entry.uid || this.next?.uid !== entry.uid || !deck.open) return;
    try {
      await deck.join(entry, play);
      this.#joined = new Report(play.play_id);
    } catch {
      deck.close();
      this.#readying = null;
    }
  }

  #dropStandby(): void {
    this.#readying = null;
    this.#decks[1].release();
  }

  #finish(): void {
    this.#wanted = false;
    this.#report(this.deck)?.send("end", this.deck.position);
    this.deck.audio.pause();
    this.deck.release();
    this.#place = 0;
    this.#to("paused");
  }

  #leave(): void {
    this.#report(this.deck)?.send("progress", this.position, true);
    if (this.queue.current) savePlace(this.queue.current.uid, this.position);
    saveNow(this.queue);
  }

  #volume(): void {
    for (const { audio } of this.#decks) {
      audio.volume = this.settings.volume;
      audio.muted = this.settings.muted;
    }
  }

  #to(phase: Phase): void {
    this.phase = phase;
    this.changed();
  }

}
