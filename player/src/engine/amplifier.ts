/** Volume of an element, at full scale bit for bit as decoded, and a gain above that where it is wanted. */
import { ramp } from "./fade.ts";

/** Time constant of a change of gain in seconds: a step would click. */
const SMOOTH = 0.015;
/** The sound goes to silence so quickly before it takes another way: a cut would click. */
const HUSH_MS = 60;

/**
 * Up to full scale the element's own volume does it, and at 1 the samples pass as they were decoded.
 * Only a gain above that needs a gain node. It is put in once, and never while something sounds.
 */
export class Amplifier {
  readonly #audio: HTMLMediaElement;
  #node: GainNode | null = null;
  #factor = 1;
  #hushing = false;
  /** Where there is no gain node to be had, full scale is all. */
  #none = typeof AudioContext === "undefined";

  constructor(audio: HTMLMediaElement) {
    this.#audio = audio;
  }

  /** 1 is full scale. */
  set(factor: number, muted: boolean): void {
    this.#audio.muted = muted;
    this.#factor = factor;
    if (this.#hushing) return;
    if (factor > 1 && !this.#node && !this.#none) this.#insert();
    else this.#apply();
  }

  /** To another output device. */
  async route(id: string): Promise<void> {
    const context = this.#node?.context as (AudioContext & { setSinkId?(id: string): Promise<void> }) | undefined;
    await context?.setSinkId?.(id).catch(() => undefined);
  }

  /** After a click: a context that was made before one stands still until then. */
  wake(): void {
    const context = this.#node?.context as AudioContext | undefined;
    if (context?.state === "suspended") void context.resume();
  }

  #apply(): void {
    const node = this.#node;
    this.#audio.volume = node ? 1 : Math.min(1, Math.max(0, this.#factor));
    node?.gain.setTargetAtTime(Math.max(0, this.#factor), node.context.currentTime, SMOOTH);
  }

  /** What sounds is brought to silence before it goes through the node, and comes up behind it. */
  #insert(): void {
    const { paused, volume } = this.#audio;
    const done = (): void => {
      this.#hushing = false;
      this.#node = amplified(this.#audio);
      this.#none = !this.#node;
      this.#apply();
    };
    if (paused || !volume) return done();
    this.#hushing = true;
    ramp(HUSH_MS, (at) => { this.#audio.volume = volume * (1 - at); }, done);
  }
}

function amplified(audio: HTMLMediaElement): GainNode | null {
  try {
    const context = new AudioContext({ latencyHint: "playback" });
    const node = context.createGain();
    node.gain.value = 0;
    context.createMediaElementSource(audio).connect(node).connect(context.destination);
    void context.resume();
    return node;
  } catch {
    return null;
  }
}
