/** The start of a play, fetched before its turn, and the rendition that it is to start with. */
import { choose, type Situation } from "./abr.ts";
import type { Fetcher } from "./fetcher.ts";
import { initPart, segmentAt, segmentPart } from "./layout.ts";
import type { Play, Rendition } from "./types.ts";

export class Warmth {
  readonly #fetcher: Fetcher;
  readonly #chosen = new WeakMap<Play, { rendition: Rendition; now: Situation }>();

  constructor(fetcher: Fetcher) {
    this.#fetcher = fetcher;
  }

  /** Fetches what a start at `at` seconds needs, both parts at once: true when it stands ready. */
  async warm(play: Play, now: Situation, at: number): Promise<boolean> {
    const rendition = this.of(play, now) ?? choose(play.renditions, now);
    if (!rendition) return false;
    this.#chosen.set(play, { rendition, now });
    const parts = [initPart(play, rendition), segmentPart(play, rendition, segmentAt(rendition, at))];
    return (await Promise.all(parts.map((part) => this.#fetcher.keep(part)))).every(Boolean);
  }

  /** What stands ready of a play, as long as the listener's wishes are the same. */
  of(play: Play, { choice, saver, gone }: Situation): Rendition | null {
    const { rendition, now } = this.#chosen.get(play) ?? {};
    return rendition && now?.choice === choice && now.saver === saver && !gone.has(rendition.name) ? rendition : null;
  }
}
