/** Plays at the server: opened once each, also ahead of their turn; and what is told of them. */
import { type Asked, openPlay, renewPlay } from "./api.ts";
import type { Item } from "./deck.ts";
import type { Entry } from "./queue.ts";
import { Report } from "./report.ts";
import { playerName } from "./store.ts";
import type { Play, Track } from "./types.ts";

/** Opened ahead but not begun by then: rights are asked for anew. */
const FRESH_MS = 120_000;

export class Plays {
  #ahead: { key: string; play: Promise<Play>; until: number } | null = null;
  readonly #reports = new Map<string, Report>();
  readonly #asked: Asked;

  /** `lasts` is how many seconds a token must live, for players that can't take another. */
  constructor(lasts = 0) {
    this.#asked = { player: playerName(), ...(lasts ? { lasts_s: lasts } : {}) };
  }

  /** The next play takes the place of another player of this account. */
  takeOver(): void {
    this.#ahead = null;
    this.#asked.take_over = true;
  }

  /** The play of an entry that may start soon. */
  ahead(entry: Entry): Promise<Play> {
    return this.prepare(entry.track, entry.uid);
  }

  /** The play of a track that the listener is about to start. */
  prepare(track: Track, key = keyOf(track)): Promise<Play> {
    if (this.#ahead?.key !== key || this.#ahead.until < Date.now()) {
      const play = openPlay(track, this.#asked);
      delete this.#asked.take_over;
      this.#ahead = { key, play, until: Date.now() + FRESH_MS };
      play.catch(() => { if (this.#ahead?.play === play) this.#ahead = null; });
    }
    return this.#ahead.play;
  }

  /** The play of an entry that starts now; the next start of the same entry is another play. */
  now(entry: Entry): Promise<Play> {
    const prepared = this.#ahead?.key === keyOf(entry.track);
    const play = prepared ? this.prepare(entry.track) : this.ahead(entry);
    this.#ahead = null;
    return play;
  }

  /** What was opened ahead has started; what was opened for another entry keeps waiting. */
  used(entry: Entry): void {
    if (this.#ahead?.key === entry.uid) this.#ahead = null;
  }

  renew(item: Item): Promise<Partial<Play>> {
    return renewPlay(item.entry.track, item.play, this.#asked);
  }

  /** The report of an item; made when it is first asked for. */
  report(item: Item): Report {
    const id = item.play.play_id;
    const known = this.#reports.get(id) ?? new Report(id);
    if (id) this.#reports.set(id, known);
    return known;
  }

  /** Tells that a play is over. */
  end(item: Item, position: number): void {
    this.#reports.get(item.play.play_id)?.send("end", position);
    this.#reports.delete(item.play.play_id);
  }
}

const keyOf = ({ release_id, recording_id, preview }: Track): string =>
  `${release_id}/${recording_id}${preview ? "/preview" : ""}`;
