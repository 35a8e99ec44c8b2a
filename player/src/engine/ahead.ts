/** What comes next is opened, fetched and joined before its turn, and brought in line with each edit. */
import { Refused } from "./api.ts";
import { Controls } from "./controls.ts";
import { crossfade } from "./fade.ts";
import type { Plays } from "./plays.ts";
import { explain } from "./preview.ts";
import { type Action, type Entry, stands } from "./queue.ts";

/** An edit of the queue may be one of many: the next track is opened when they have come to rest. */
const SETTLE_MS = 300;
/** Seconds before the end when there is no time to wait for that. */
const SOON = 8;
const RETRY_MS = 3000;
/** What can't be opened or fetched is told when it failed so often. */
const PATIENCE = 2;

export abstract class Ahead<T> extends Controls<T> {
  protected abstract readonly plays: Plays;
  #planning = 0;
  #missed = 0;

  abstract get position(): number;
  abstract dispatch(action: Action): void;
  /** The connection was lost, or is back. */
  protected abstract lost(lost: boolean): void;

  /** Seconds of the crossfade into what comes next, 0 where there is none. */
  protected get fade(): number {
    return crossfade(this.queue, this.after, this.settings.crossfade);
  }

  /** What is joined already stays until its successor can take its place: an edit makes no gap. */
  protected override plan(): void {
    clearTimeout(this.#planning);
    const next = this.after;
    const { deck } = this;
    const apart = this.fade > 0 || !deck.joins;
    const joined = deck.following?.entry.uid;
    if (joined && (apart || !next || (joined !== next.uid && !stands(this.queue, joined)))) deck.follow(null);
    if (!next || !this.loaded || deck.following?.entry.uid === next.uid || this.phase !== "playing") return;
    this.#again(this.duration - this.position < SOON ? 0 : SETTLE_MS, () => void this.#ready(next, apart));
  }

  #again(milliseconds: number, run = () => this.plan()): void {
    clearTimeout(this.#planning);
    this.#planning = window.setTimeout(run, milliseconds);
  }

  /** Opens the next track, and joins it to this one or makes it stand ready. */
  async #ready(entry: Entry, apart: boolean): Promise<void> {
    const { deck } = this;
    const standby = this.decks[1];
    const still = (): boolean => this.after?.uid === entry.uid && this.deck === deck && this.loaded;
    if (!still() || (apart && (standby.item?.entry.uid === entry.uid || standby.item && !standby.audio.paused))) return;
    try {
      const play = await this.plays.ahead(entry);
      if (!still()) return;
      if (apart) {
        await standby.load({ entry, play }, 0, this.wishes);
        return this.sound.level(standby, false);
      }
      if (deck.following && !(await deck.warm(play, this.wishes))) throw new Refused(0, "offline", "");
      if (still()) deck.follow({ entry, play });
      if (this.#missed >= PATIENCE) this.lost(false);
      this.#missed = 0;
    } catch (error) {
      if (!(error instanceof Refused) || !still()) return;
      if (error.status === 403) {
        this.dispatch({ type: "refuse", uid: entry.uid, reason: error.message, until: error.until });
        return void explain(this, entry.track, `${entry.track.title}: ${error.message}`);
      }
      if ((error.status === 0 || error.status >= 500) && ++this.#missed === PATIENCE) this.lost(true);
      this.#again(RETRY_MS);
    }
  }
}
