/** Volume, loudness, fades and output of two decks. */
import { Amplifier } from "./amplifier.ts";
import type { Deck } from "./deck.ts";
import { falling, ramp, rising } from "./fade.ts";
import { factor, gainOf } from "./loudness.ts";
import { send } from "./output.ts";
import type { Settings } from "./store.ts";

interface Channel {
  amplifier: Amplifier;
  /** Gain of the track in dB, and share of the volume that a fade leaves. */
  gain: number;
  /** Whose gain it is. */
  release: string;
  fade: number;
}

export class Sound {
  readonly #channels = new Map<Deck, Channel>();
  #settings: Settings;
  #stop: () => void = () => undefined;

  constructor(decks: readonly Deck[], settings: Settings) {
    this.#settings = settings;
    for (const deck of decks) this.#channels.set(deck, { amplifier: new Amplifier(deck.audio), gain: 0, release: "", fade: 1 });
    this.set(settings);
    if (settings.output) void this.route(settings.output);
  }

  set(settings: Settings): void {
    if (settings.loudness !== this.#settings.loudness) for (const one of this.#channels.values()) one.release = "";
    this.#settings = settings;
    for (const deck of this.#channels.keys()) this.#apply(deck);
  }

  /** The gain of what a deck plays now. */
  level(deck: Deck, album: boolean): void {
    const { item } = deck;
    const channel = this.#of(deck);
    const release = item?.entry.track.release_id ?? "";
    // An album that was not measured as one keeps its tracks' relations by the gain of the first.
    if (album && !item?.play.loudness?.album && release === channel.release) return;
    channel.release = release;
    channel.gain = item ? gainOf(item.play, this.#settings.loudness, album) : 0;
    this.#apply(deck);
  }

  /** One deck gives way to the other; a fade that still runs ends at once. */
  cross(from: Deck, to: Deck, seconds: number, done: () => void): void {
    this.settle();
    const over = (): void => {
      this.#fade(from, 1);
      this.#fade(to, 1);
      done();
    };
    const stop = ramp(seconds * 1000, (at) => {
      this.#fade(from, falling(at));
      this.#fade(to, rising(at));
    }, () => this.settle());
    this.#stop = () => (stop(), over());
  }

  /** Down to silence; the volume comes back when it is done or called off. */
  out(deck: Deck, seconds: number, done: () => void): void {
    this.settle();
    const stop = ramp(seconds * 1000, (at) => this.#fade(deck, 1 - at), () => (done(), this.settle()));
    this.#stop = () => (stop(), this.#fade(deck, 1));
  }

  /** Ends a fade that runs. */
  settle(): void {
    const stop = this.#stop;
    this.#stop = () => undefined;
    stop();
  }

  /** True when the device took the sound. */
  async route(id: string): Promise<boolean> {
    const done = await Promise.all([...this.#channels].map(async ([deck, { amplifier }]) => {
      await amplifier.route(id);
      return send(deck.audio, id);
    }));
    return done.every(Boolean);
  }

  wake(): void {
    for (const { amplifier } of this.#channels.values()) amplifier.wake();
  }

  #of(deck: Deck): Channel {
    return this.#channels.get(deck)!;
  }

  #fade(deck: Deck, share: number): void {
    this.#of(deck).fade = share;
    this.#apply(deck);
  }

  #apply(deck: Deck): void {
    const { amplifier, gain, fade } = this.#of(deck);
    amplifier.set(this.#settings.volume * factor(gain) * fade, this.#settings.muted);
  }
}
