/** Time constant of a change of gain in seconds: a step would click. */
const SMOOTH = 0.015;

/**
 * Volume of an element. Up to its full scale the element's own volume does it, and at 1 the samples
 * pass as they were decoded. Only a gain above that needs a gain node, which is put in once.
 */
export class Amplifier {
  readonly #audio: HTMLMediaElement;
  #node: GainNode | null = null;

  constructor(audio: HTMLMediaElement) {
    this.#audio = audio;
  }

  /** 1 is full scale. */
  set(factor: number, muted: boolean): void {
    this.#audio.muted = muted;
    if (factor > 1 && !this.#node) this.#node = amplified(this.#audio);
    this.#node?.gain.setTargetAtTime(Math.max(1, factor), this.#node.context.currentTime, SMOOTH);
    this.#audio.volume = Math.min(1, Math.max(0, factor));
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
}

function amplified(audio: HTMLMediaElement): GainNode | null {
  if (typeof AudioContext === "undefined") return null;
  const context = new AudioContext({ latencyHint: "playback" });
  const node = context.createGain();
  node.gain.value = audio.paused ? 1 : 0;
  context.createMediaElementSource(audio).connect(node).connect(context.destination);
  void context.resume();
  return node;
}
