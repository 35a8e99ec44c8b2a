/** A media element's source buffer: one operation at a time, each with its own cut. */
import type { Cut } from "./layout.ts";

interface Managed extends HTMLMediaElement {
  disableRemotePlayback: boolean;
}

type Kind = typeof MediaSource;

/** Media Source Extensions, or Safari's managed kind; undefined where there are none. */
export function mediaSource(): Kind | undefined {
  const scope = globalThis as { MediaSource?: Kind; ManagedMediaSource?: Kind };
  return scope.MediaSource ?? scope.ManagedMediaSource;
}

/** The type to ask for: some builds know FLAC by one spelling only. */
export function typeOf(codecs: string): string {
  const type = `audio/mp4; codecs="${codecs}"`;
  const other = type.replace("fLaC", "flac");
  return mediaSource()?.isTypeSupported(type) ? type : other;
}

export class Sink {
  readonly #source: MediaSource;
  #buffer: SourceBuffer | null = null;
  #type = "";
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(source: MediaSource) {
    this.#source = source;
  }

  /** A new source on the element; what it played before is gone. */
  static async attach(audio: HTMLMediaElement): Promise<Sink> {
    const Source = mediaSource()!;
    const source = new Source();
    if (!("MediaSource" in globalThis)) (audio as Managed).disableRemotePlayback = true;
    const url = URL.createObjectURL(source);
    audio.src = url;
    await new Promise((done) => source.addEventListener("sourceopen", done, { once: true }));
    URL.revokeObjectURL(url);
    return new Sink(source);
  }

  /** End of what stands in the buffer, in seconds. */
  get end(): number {
    const ranges = this.#open && this.#buffer ? this.#buffer.buffered : null;
    return ranges?.length ? ranges.end(ranges.length - 1) : 0;
  }

  /** Appends a segment, or an initialisation (without a cut). Throws QuotaExceededError. */
  append(codecs: string, bytes: ArrayBuffer, cut: Cut | null): Promise<void> {
    return this.#run((buffer) => {
      if (cut) place(buffer, cut);
      buffer.appendBuffer(bytes);
    }, codecs);
  }

  /** Drops what lies in [from, to). */
  remove(from: number, to = Number.POSITIVE_INFINITY): Promise<void> {
    if (!this.#buffer || to <= from) return Promise.resolve();
    return this.#run((buffer) => buffer.remove(from, to));
  }

  /** So far may be sought: without a duration, no further than the buffer reaches. */
  stretch(seconds: number): Promise<void> {
    return this.#next(async () => {
      const { readyState, duration } = this.#source;
      if (readyState !== "closed" && !(duration >= seconds && duration < Infinity)) this.#source.duration = seconds;
    });
  }

  /** Nothing follows: the element may end. Appending again opens it anew. */
  finish(): Promise<void> {
    return this.#next(async () => {
      if (this.#source.readyState === "open" && this.#buffer) this.#source.endOfStream();
    });
  }

  get #open(): boolean {
    return this.#source.readyState !== "closed";
  }

  #run(work: (buffer: SourceBuffer) => void, codecs?: string): Promise<void> {
    return this.#next(async () => {
      if (!this.#open) throw new DOMException("closed", "AbortError");
      const buffer = codecs ? this.#prepared(codecs) : this.#buffer!;
      const done = settled(buffer);
      work(buffer);
      await done;
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #prepared(codecs: string): SourceBuffer {
    const type = typeOf(codecs);
    if (!this.#buffer) this.#buffer = this.#source.addSourceBuffer(type);
    else if (type !== this.#type) this.#buffer.changeType(type);
    this.#type = type;
    return this.#buffer;
  }
}

/** The start must be below the end at every moment: so it goes to 0 first. */
function place(buffer: SourceBuffer, { offset, from, to }: Cut): void {
  if (buffer.appendWindowStart !== from || buffer.appendWindowEnd !== to) {
    buffer.appendWindowStart = 0;
    buffer.appendWindowEnd = to;
    buffer.appendWindowStart = from;
  }
  if (buffer.timestampOffset !== offset) buffer.timestampOffset = offset;
}

function settled(buffer: SourceBuffer): Promise<void> {
  return new Promise((done, fail) => {
    const over = new AbortController();
    const on = (name: string, run: () => void) =>
      buffer.addEventListener(name, () => (over.abort(), run()), { once: true, signal: over.signal });
    on("updateend", done);
    on("error", () => fail(new DOMException("the bytes can't be decoded", "DataError")));
    on("abort", () => fail(new DOMException("aborted", "AbortError")));
  });
}
