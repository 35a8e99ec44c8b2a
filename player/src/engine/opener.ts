/** Opens plays at the server, each once: what was opened ahead is used when its turn comes. */
import { openPlay } from "./api.ts";
import type { Entry } from "./queue.ts";
import type { Play } from "./types.ts";

export class Opener {
  #ahead: { uid: string; play: Promise<Play> } | null = null;

  /** The play of an entry that comes next. */
  ahead(entry: Entry): Promise<Play> {
    if (this.#ahead?.uid !== entry.uid) {
      const play = openPlay(entry.track);
      this.#ahead = { uid: entry.uid, play };
      play.catch(() => this.used());
    }
    return this.#ahead.play;
  }

  /** The play of an entry that starts now; the next start of the same entry is another play. */
  now(entry: Entry): Promise<Play> {
    const play = this.ahead(entry);
    this.used();
    return play;
  }

  /** What was opened ahead has started. */
  used(): void {
    this.#ahead = null;
  }
}
