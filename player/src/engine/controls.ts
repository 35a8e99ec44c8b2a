/** What the engine shows, and what the listener sets: volume, quality, loudness, crossfade, output, sleep. All act at once. */
import type { Deck, DeckEvents, Wishes } from "./deck.ts";
import { Emitter } from "./emitter.ts";
import { Fetcher } from "./fetcher.ts";
import { Native } from "./native.ts";
import { type Entry, following, type Queue } from "./queue.ts";
import { mediaSource } from "./sink.ts";
import { Sleep, SLEEP_FADE, type Until } from "./sleep.ts";
import { Sound } from "./sound.ts";
import { loadQueue, loadSettings, saveSettings, type Settings } from "./store.ts";
import { Stream } from "./stream.ts";
import type { QualityChoice, Track } from "./types.ts";

export type Phase = "empty" | "paused" | "loading" | "playing" | "stalled" | "refused";

export abstract class Controls<T> extends Emitter<T> {
  queue: Queue = loadQueue();
  phase: Phase = "empty";
  /** Why nothing plays, shown in place of the title. */
  refusal = "";
  /** Whether the connection is lost. */
  offline = false;
  settings = loadSettings();
  /** The one that is heard, and the one that may stand ready. */
  protected decks!: [Deck, Deck];
  protected sound!: Sound;
  protected readonly sleeping = new Sleep(() => this.#doze());

  /** Makes both decks; called once. */
  protected equip(events: DeckEvents): void {
    const fetcher = new Fetcher();
    const made = (): Deck => {
      const audio = new Audio();
      audio.preload = "auto";
      return mediaSource() ? new Stream(audio, fetcher, events) : new Native(audio, events);
    };
    this.decks = [made(), made()];
    this.sound = new Sound(this.decks, this.settings);
  }

  get deck(): Deck {
    return this.decks[0];
  }

  get sleep(): Until {
    return this.sleeping.until;
  }

  protected get wishes(): Wishes {
    return { choice: this.settings.quality, saver: this.settings.saver || saving() };
  }

  get track(): Track | null {
    return this.queue.current?.track ?? null;
  }

  /** Whether the deck has the current track. */
  get loaded(): boolean {
    return this.deck.item !== null && this.deck.item.entry.uid === this.queue.current?.uid;
  }

  get duration(): number {
    return this.track?.seconds || 0;
  }

  get next(): Entry | null {
    return following(this.queue);
  }

  /** What is to follow by itself; nothing where the listener wants to sleep. */
  protected get after(): Entry | null {
    const { until } = this.sleeping;
    if (until === "track") return null;
    return until === "queue" ? following({ ...this.queue, repeat: "off" }) : this.next;
  }

  protected to(phase: Phase): void {
    this.phase = phase;
    this.changed();
  }

  /** What follows is to be brought in line with queue and settings. */
  protected abstract plan(): void;
  /** The gain of the current track is to be set. */
  protected abstract level(): void;
  abstract pause(): void;

  set(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
    saveSettings(this.settings);
    this.sound.set(this.settings);
    if (change.loudness !== undefined) this.level();
    if (change.output !== undefined) void this.#route(change.output);
    if (change.quality !== undefined || change.saver !== undefined) {
      this.decks[1].release();
      this.deck.steer(this.wishes);
    }
    this.plan();
    this.changed();
  }

  setVolume(volume: number, muted = false): void {
    this.set({ volume: Math.min(1, Math.max(0, volume)), muted });
  }

  setQuality(quality: QualityChoice): void {
    this.set({ quality });
  }

  setKeys(keys: boolean): void {
    this.set({ keys });
  }

  /** Minutes from now, `track`, `queue` or `off`. */
  setSleep(until: Until): void {
    this.sound.settle();
    this.sleeping.set(until);
    this.plan();
    this.changed();
  }

  async #route(id: string): Promise<void> {
    if (await this.sound.route(id)) return;
    this.tell("That output is not there any more. The sound goes to the system’s.");
    if (this.settings.output) this.set({ output: "" });
  }

  #doze(): void {
    this.sound.out(this.deck, SLEEP_FADE, () => {
      this.sleeping.set("off");
      this.pause();
    });
  }
}

/** The system asks pages to save data. */
function saving(): boolean {
  return Boolean((navigator as { connection?: { saveData?: boolean } }).connection?.saveData);
}
