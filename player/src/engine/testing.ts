/** A media element and a media source without a browser: what a deck does to them can be read. */

export class FakeAudio extends EventTarget {
  currentTime = 0;
  readyState = 0;
  paused = true;
  ended = false;
  seeking = false;
  volume = 1;
  muted = false;
  preload = "";
  error: { code: number } | null = null;
  /** Every address it was given. */
  readonly addresses: string[] = [];
  #src = "";

  get src(): string {
    return this.#src;
  }

  set src(address: string) {
    this.#src = address;
    this.addresses.push(address);
    this.error = null;
    this.readyState = 0;
    this.currentTime = 0;
    if (address.startsWith("fake:")) FakeMediaSource.opened(address);
  }

  hasAttribute(name: string): boolean {
    return name === "src" && this.#src !== "";
  }

  removeAttribute(): void {
    this.#src = "";
  }

  load(): void {
    this.readyState = 0;
    this.currentTime = 0;
  }

  play(): Promise<void> {
    this.paused = false;
    if (this.readyState > 2) this.#tell("playing");
    return Promise.resolve();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.#tell("pause");
  }

  /** The stream can be played. */
  ready(): void {
    this.readyState = 4;
    this.#tell("loadedmetadata");
    this.#tell("loadeddata");
    if (!this.paused) this.#tell("playing");
  }

  /** Plays on to a moment. */
  runTo(seconds: number): void {
    this.currentTime = seconds;
    this.#tell("timeupdate");
  }

  end(): void {
    this.ended = true;
    this.#tell("ended");
  }

  break(): void {
    this.error = { code: 2 };
    this.#tell("error");
  }

  #tell(name: string): void {
    this.dispatchEvent(new Event(name));
  }
}

/** One thing that was done to a source buffer. */
export type Done =
  | { what: "append"; bytes: number; type: string; offset: number; from: number; to: number }
  | { what: "remove"; from: number; to: number }
  | { what: "type"; type: string };

class FakeBuffer extends EventTarget {
  timestampOffset = 0;
  appendWindowStart = 0;
  appendWindowEnd = Number.POSITIVE_INFINITY;
  #type: string;
  readonly #source: FakeMediaSource;

  constructor(source: FakeMediaSource, type: string) {
    super();
    this.#source = source;
    this.#type = type;
  }

  appendBuffer(bytes: ArrayBuffer): void {
    if (this.#source.full-- > 0) throw new DOMException("full", "QuotaExceededError");
    this.#source.readyState = "open";
    const { timestampOffset: offset, appendWindowStart: from, appendWindowEnd: to } = this;
    this.#done({ what: "append", bytes: bytes.byteLength, type: this.#type, offset, from, to });
  }

  remove(from: number, to: number): void {
    this.#done({ what: "remove", from, to });
  }

  changeType(type: string): void {
    this.#type = type;
    this.#source.done.push({ what: "type", type });
  }

  #done(what: Done): void {
    this.#source.done.push(what);
    queueMicrotask(() => this.dispatchEvent(new Event("updateend")));
  }
}

/** Put it in place of MediaSource; addresses of it begin with `fake:`. */
export class FakeMediaSource extends EventTarget {
  static readonly #all = new Map<string, FakeMediaSource>();
  static last: FakeMediaSource | null = null;
  readonly done: Done[] = [];
  readyState: "closed" | "open" | "ended" = "closed";
  duration = Number.NaN;
  /** So many appends are refused for lack of room. */
  full = 0;

  static isTypeSupported(): boolean {
    return true;
  }

  static address(source: FakeMediaSource): string {
    const address = `fake:${this.#all.size}`;
    this.#all.set(address, source);
    this.last = source;
    return address;
  }

  static opened(address: string): void {
    const source = this.#all.get(address);
    queueMicrotask(() => {
      if (!source) return;
      source.readyState = "open";
      source.dispatchEvent(new Event("sourceopen"));
    });
  }

  addSourceBuffer(type: string): FakeBuffer {
    return new FakeBuffer(this, type);
  }

  endOfStream(): void {
    this.readyState = "ended";
  }
}
