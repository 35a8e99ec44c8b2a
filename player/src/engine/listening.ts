/** What was really heard of each play: counted as it plays, told to the server now and then. */
import type { Deck, Item } from "./deck.ts";
import type { Plays } from "./plays.ts";
import { savePlace } from "./store.ts";

const TELL_EVERY_MS = 10_000;
const STOPS = new Set(["pause", "waiting", "ended"]);

export class Listening {
  readonly #plays: Plays;
  #told = 0;

  constructor(plays: Plays) {
    this.#plays = plays;
  }

  /** Something happened on the element of a deck that has a track. */
  hear(deck: Deck, event: string): void {
    const { audio } = deck;
    const report = this.#plays.report(deck.sounding!);
    const { heard } = report;
    report.rendition = deck.rendition?.name ?? report.rendition;
    const now = performance.now();
    if (event === "timeupdate" && !audio.paused && !audio.seeking) heard.advance(audio.currentTime, now);
    else if (event === "playing") heard.anchor(audio.currentTime, now);
    else if (STOPS.has(event)) this.rest(deck);
    else if (event !== "timeupdate" && event !== "durationchange") heard.rest(null, now);
  }

  /** Counts up to this moment: a pause, a jump or another track follows. */
  rest({ audio, sounding }: Deck): void {
    if (sounding) this.#plays.report(sounding).heard.rest(audio.seeking ? null : audio.currentTime, performance.now());
  }

  /** Tells and keeps how far it is, if it is time to. */
  tick(deck: Deck): void {
    const { sounding, item, position } = deck;
    if (!sounding || sounding !== item) return;
    const report = this.#plays.report(sounding);
    const now = performance.now();
    if (now - this.#told <= TELL_EVERY_MS && !report.due) return;
    this.#told = now;
    report.send("progress", position);
    savePlace(item.entry.uid, position);
  }

  paused(deck: Deck): void {
    if (deck.sounding) this.#plays.report(deck.sounding).send("pause", deck.position);
  }

  /** The sound has gone on from one track into the next. */
  crossed(deck: Deck, before: Item): void {
    const { currentTime } = deck.audio;
    this.#plays.report(before).heard.advance(currentTime, performance.now());
    this.#plays.end(before, before.entry.track.seconds);
    if (deck.item) this.#plays.report(deck.item).heard.anchor(currentTime, performance.now());
  }

  /** What a deck plays is over. */
  end(deck: Deck): void {
    this.rest(deck);
    if (deck.sounding) this.#plays.end(deck.sounding, deck.position);
  }

  /** The page goes away. */
  leave(deck: Deck): void {
    if (!deck.sounding) return;
    this.rest(deck);
    this.#plays.report(deck.sounding).send("progress", deck.position, true);
    savePlace(deck.sounding.entry.uid, deck.position);
  }
}
