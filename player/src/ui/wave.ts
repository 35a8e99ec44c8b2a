/** The waveform: a range input for hands and keys, a canvas for the eyes. */
import type { Engine } from "../engine/engine.ts";
import { runsInto } from "../engine/queue.ts";
import { clock, h, one, spoken } from "./dom.ts";

/** Part of the width that shows the next track's first bars when it runs on without a gap. */
const AFTER = 0.07;
const NEXT_SECONDS = 12;

export class Scrubber {
  readonly #box: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #input: HTMLInputElement;
  readonly #label: HTMLOutputElement;
  readonly #engine: Engine;
  readonly #bar: number;
  #drag: number | null = null;
  #drawn = "";

  constructor(box: HTMLElement, engine: Engine) {
    this.#box = box;
    this.#engine = engine;
    this.#canvas = one<HTMLCanvasElement>("canvas", box)!;
    this.#input = one<HTMLInputElement>("input", box)!;
    this.#label = one<HTMLOutputElement>("output", box) ?? h("output");
    this.#bar = box.dataset.scrubber === "now" ? 3 : 2;
    this.#input.addEventListener("input", () => this.#slide());
    this.#input.addEventListener("change", () => this.#drop());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("pointermove", (event) => this.#hover(event));
    box.addEventListener("pointerleave", () => (this.#label.hidden = true));
    new ResizeObserver(() => this.draw(true)).observe(box);
  }

  /** Share of the width that belongs to the current track. */
  get #share(): number {
    return runsInto(this.#engine.queue, this.#engine.next) ? 1 - AFTER : 1;
  }

  #slide(): void {
    const wanted = (Number(this.#input.value) / this.#share) * this.#engine.duration;
    this.#drag = Math.min(wanted, this.#engine.duration);
    this.draw();
  }

  #drop(): void {
    if (this.#drag !== null) this.#engine.seek(this.#drag);
    this.#drag = null;
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowLeft: -5, ArrowRight: 5, ArrowDown: -5, ArrowUp: 5 }[event.key];
    const to = event.key === "Home" ? 0 : event.key === "End" ? this.#engine.duration : null;
    if (step === undefined && to === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.#engine.seek(to ?? this.#engine.position + step! * (event.shiftKey ? 3 : 1));
  }

  #hover(event: PointerEvent): void {
    if (!this.#engine.duration || event.pointerType === "touch") return;
    const { left, width } = this.#box.getBoundingClientRect();
    const at = Math.min(1, Math.max(0, (event.clientX - left) / width));
    this.#label.hidden = at > this.#share;
    this.#label.style.left = `${at * width}px`;
    this.#label.textContent = clock((at / this.#share) * this.#engine.duration);
  }

  /** Brings input and picture up to date; draws only when something visible changed. */
  draw(force = false): void {
    const { track, duration, position } = this.#engine;
    const at = this.#drag ?? position;
    const share = this.#share;
    this.#input.disabled = !track;
    if (this.#drag === null) this.#input.value = String(duration ? (at / duration) * share : 0);
    const say = track ? `${spoken(at)} of ${spoken(duration)}` : "Nothing is playing";
    if (this.#input.getAttribute("aria-valuetext") !== say) this.#input.setAttribute("aria-valuetext", say);
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width) return;
    const played = duration ? (at / duration) * share * width : 0;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = `${document.documentElement.dataset.theme}${dark}`;
    const key = [Math.round(played), width, share, track?.recording_id, theme].join();
    if (!force && key === this.#drawn) return;
    this.#drawn = key;
    this.#paint(width, height, played, share);
  }

  #paint(width: number, height: number, played: number, share: number): void {
    const ratio = devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const pen = this.#canvas.getContext("2d");
    if (!pen) return;
    pen.scale(ratio, ratio);
    const [fill, rest] = this.#colours();
    const track = this.#engine.track;
    const end = width * share;
    if (!track?.peaks.length) return this.#plain(pen, end, height, played, fill, rest);
    const step = this.#bar === 3 ? 5.5 : 4;
    const loudest = top(track.peaks);
    for (let x = 0; x + this.#bar <= end - (share < 1 ? 6 : 0); x += step) {
      const on = x + this.#bar / 2 <= played;
      pen.globalAlpha = on ? 1 : 0.5;
      pen.fillStyle = on ? fill : rest;
      this.#column(pen, x, height, level(track.peaks, x / end, step / end) / loudest);
    }
    if (share < 1) this.#seam(pen, end, width, height, step, fill, rest);
  }

  #seam(pen: CanvasRenderingContext2D, end: number, width: number, height: number, step: number, fill: string, rest: string): void {
    pen.globalAlpha = 1;
    pen.fillStyle = fill;
    pen.fillRect(end - 2, 0, 2, height);
    const next = this.#engine.next?.track;
    if (!next?.peaks.length) return;
    const first = Math.min(1, NEXT_SECONDS / Math.max(1, next.seconds));
    pen.fillStyle = rest;
    for (let x = end + 4; x + this.#bar <= width; x += step) {
      const at = (x - end) / (width - end);
      pen.globalAlpha = 0.24 + 0.21 * at;
      this.#column(pen, x, height, level(next.peaks, at * first, 0.01) / top(next.peaks));
    }
  }

  #column(pen: CanvasRenderingContext2D, x: number, height: number, value: number): void {
    const tall = Math.max(this.#bar, value * height);
    pen.beginPath();
    pen.roundRect(x, (height - tall) / 2, this.#bar, tall, this.#bar / 2);
    pen.fill();
  }

  #plain(pen: CanvasRenderingContext2D, end: number, height: number, played: number, fill: string, rest: string): void {
    const y = height / 2 - 2;
    pen.globalAlpha = 0.5;
    pen.fillStyle = rest;
    pen.beginPath();
    pen.roundRect(0, y, end, 4, 2);
    pen.fill();
    if (played < 1) return;
    pen.globalAlpha = 1;
    pen.fillStyle = fill;
    pen.beginPath();
    pen.roundRect(0, y, played, 4, 2);
    pen.fill();
  }

  /** The colours as a canvas takes them: light-dark() and var() resolved by a real element. */
  #colours(): [string, string] {
    const read = (name: string): string => {
      this.#canvas.style.color = `var(${name})`;
      return getComputedStyle(this.#canvas).color;
    };
    return [read("--tint-fill"), read("--line-strong")];
  }
}

/** Quiet music fills the height too, but silence stays silent. */
function top(peaks: number[]): number {
  return Math.max(0.25, ...peaks.map((peak) => peak / 255));
}

/** The loudest peak in a part of the track, 0 to 1. */
function level(peaks: number[], from: number, width: number): number {
  const start = Math.floor(from * peaks.length);
  const end = Math.max(start + 1, Math.ceil((from + width) * peaks.length));
  let top = 0;
  for (let i = start; i < Math.min(end, peaks.length); i++) top = Math.max(top, peaks[i]!);
  return top / 255;
}
