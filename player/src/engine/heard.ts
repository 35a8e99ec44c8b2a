/** Counts the audio that was really heard: seeks, pauses and stalls add nothing. */
export class Heard {
  #ms = 0;
  #position: number | null = null;
  #wall = 0;

  /** Whole milliseconds heard so far. */
  get ms(): number {
    return Math.floor(this.#ms);
  }

  /** The media stands at `position` seconds and goes on from there; `wall` is a clock in ms. */
  anchor(position: number, wall: number): void {
    this.#position = position;
    this.#wall = wall;
  }

  /** Playing went on up to `position`. More than the wall clock allows was a jump, not heard. */
  advance(position: number, wall: number): void {
    if (this.#position !== null) {
      const media = (position - this.#position) * 1000;
      const time = wall - this.#wall;
      if (media > 0) this.#ms += media <= time * 1.25 + 300 ? media : Math.min(media, time);
    }
    this.anchor(position, wall);
  }

  /** Paused, seeking or stalled, at `position` where that is known: nothing counts until the next anchor. */
  rest(position: number | null, wall: number): void {
    if (this.#position !== null && position !== null) this.advance(position, wall);
    this.#position = null;
  }
}
