/**
 * A deck over Media Source Extensions: tracks in one source buffer, joined at the exact sample.
 *
 * One loop fetches the segment that is wanted next and appends it, cut to its track by integer
 * samples. What follows may change at any time: only what lies behind the present track is redone.
 */
import { choose, type Situation } from "./abr.ts";
import { type Deck, type DeckEvents, EVENTS, type Item, type Wishes } from "./deck.ts";
import { FetchFault, type Fetcher } from "./fetcher.ts";
import { begins, cut, initPart, isFlac, segmentAt, segmentPart } from "./layout.ts";
import { Sink } from "./sink.ts";
import { type Placed, Timeline } from "./timeline.ts";
import type { Play, Rendition } from "./types.ts";
import { Waiter } from "./waiter.ts";
import { Warmth } from "./warmth.ts";

const AHEAD_SECONDS = 60;
const AHEAD_SAVING = 15;
/** Browsers hold about 12 MB of audio; lossless fills that in half a minute. */
const AHEAD_BYTES = 7_000_000;
const LEAST_BYTES = 1_000_000;
/** However large its segments are, the next one is fetched before so little is left. */
const LEAST_AHEAD = 4;
const BEHIND_SECONDS = 10;
/** The decoder reads so far ahead of what is heard: a join can't be taken back any more. */
const COMMIT = 0.35;
/** A better rendition replaces what stands ready from here on. */
const KEEP_ON_STEER = 3;
/** So long a renewed token is not doubted: a refusal of it is meant. */
const RENEWED_MS = 60_000;
const LONGEST_WAIT = 4000;
/** So near its end a stream is told to end: an earlier word makes Chromium drop what still follows. */
const LAST = 0.15;
const GONE = new Set([404, 410]);
const REFUSED = new Set([401, 403, 410]);
const CROWDED = "QuotaExceededError";
const nameOf = (error: unknown): string => (error instanceof DOMException ? error.name : "");

export class Stream implements Deck {
  readonly audio: HTMLAudioElement;
  readonly joins = true;
  readonly #events: DeckEvents;
  readonly #fetcher: Fetcher;
  readonly #warmth: Warmth;
  #line = new Timeline();
  #sink: Sink | null = null;
  #wishes: Wishes = { choice: "auto", saver: false };
  #run = new AbortController();
  #now: Placed | null = null;
  #waiter = new Waiter();
  #online = new Waiter();
  #budget = AHEAD_BYTES;
  #faults = 0;
  #renewed = new WeakMap<Play, number>();
  /** The initialisation that the buffer has. */
  #init: Rendition | null = null;
  /** What is still heard when the next track is the present one already. */
  #leaving: Placed | null = null;
  /** The track whose segment is on its way, and the rendition of it. */
  #working: Placed | null = null;
  #suspect: Rendition | null = null;
  #shown: Rendition | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #mended = 0;

  constructor(audio: HTMLAudioElement, fetcher: Fetcher, events: DeckEvents) {
    this.audio = audio;
    this.#fetcher = fetcher;
    this.#warmth = new Warmth(fetcher);
    this.#events = events;
    for (const name of EVENTS) audio.addEventListener(name, () => this.#heard(name));
    audio.addEventListener("error", () => this.#broken());
    globalThis.addEventListener?.("online", () => this.#online.wake());
  }

  get item(): Item | null { return this.#now?.item ?? null; }

  get sounding(): Item | null { return (this.#leaving ?? this.#now)?.item ?? null; }

  get following(): Item | null { return this.#next?.item ?? null; }

  get position(): number { return this.#now ? Math.max(0, this.audio.currentTime - this.#now.start) : 0; }

  get untilJoin(): number { return (this.#next?.start ?? Number.POSITIVE_INFINITY) - this.audio.currentTime; }

  get rendition(): Rendition | null { return this.#shown; }

  get #next(): Placed | null {
    const { tracks } = this.#line;
    return this.#now ? (tracks[tracks.indexOf(this.#now) + 1] ?? null) : null;
  }

  get #ahead(): number { return this.#line.end - this.audio.currentTime; }

  /** Both requests go out before an element is even attached. */
  warm(play: Play, wishes: Wishes, at = 0): Promise<boolean> {
    return this.#warmth.warm(play, this.#situation(wishes), at);
  }

  async load(item: Item, at: number, wishes: Wishes): Promise<void> {
    this.release();
    const run = this.#run;
    this.#wishes = wishes;
    this.#now = this.#line.add(item);
    this.#line.clear(at);
    void this.warm(item.play, wishes, at);
    const sink = await Sink.attach(this.audio);
    if (run !== this.#run) return;
    this.#sink = sink;
    void sink.stretch(this.#now.end);
    if (at > 0) this.audio.currentTime = at;
    void this.#pump(run);
  }

  follow(item: Item | null): void {
    const now = this.#now;
    if (!now || this.following?.entry.uid === item?.entry.uid) return;
    if (this.untilJoin < COMMIT && !this.audio.seeking) return this.#watch();
    if (item && this.#ahead < LAST && !this.#line.wanting) return;
    const anew = this.#line.cutBehind(now) || (this.#working !== null && this.#working !== now);
    if (item) void this.#sink?.stretch(this.#line.add(item).end).catch(() => undefined);
    if (anew) this.#restart(now.end);
    this.#waiter.wake();
  }

  skip(): void {
    const next = this.#next;
    if (!next) return;
    this.#commit(next);
    this.#to(next.start);
  }

  seek(seconds: number): void { if (this.#now) this.#to(this.#now.start + seconds); }

  steer(wishes: Wishes): void {
    const before = this.#wishes;
    this.#wishes = wishes;
    if (before.choice === wishes.choice && before.saver === wishes.saver) return;
    const from = this.#line.filled.find((one) => one.from > this.audio.currentTime + KEEP_ON_STEER);
    const wanted = from && wishes.choice !== "auto" ? this.#choose(from.track) : null;
    if (from && wanted && wanted.name !== from.rendition.name) {
      this.#line.dropFrom(from.from);
      this.#restart(from.from);
    }
    this.#waiter.wake();
  }

  release(): void {
    this.#left();
    this.#run.abort(new DOMException("released", "AbortError"));
    this.#run = new AbortController();
    clearTimeout(this.#timer);
    this.#line = new Timeline();
    this.#sink = this.#now = this.#init = this.#working = this.#suspect = this.#shown = null;
    this.#budget = AHEAD_BYTES;
    this.#faults = this.#mended = 0;
    if (!this.audio.hasAttribute("src")) return;
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  #to(time: number): void {
    this.#left();
    if (!this.#line.holds(time)) {
      this.#line.clear(time);
      this.#restart(0);
    }
    this.audio.currentTime = time;
    this.#waiter.wake();
  }

  /** Begins to fetch anew; what stands in the buffer from `at` on goes. */
  #restart(at: number): void {
    this.#run.abort(new DOMException("another segment is wanted", "AbortError"));
    this.#run = new AbortController();
    this.#working = null;
    void this.#sink?.remove(at).catch(() => undefined);
    if (this.#sink) void this.#pump(this.#run);
  }

  #situation(wishes: Wishes, gone: ReadonlySet<string> = new Set()): Situation {
    const last = this.#line.filled.at(-1)?.rendition ?? null;
    return { ...wishes, estimate: this.#fetcher.estimate, ahead: last ? Math.max(0, this.#ahead) : 0, gone, last };
  }

  #choose(track: Placed): Rendition | null {
    const { play } = track.item;
    const now = this.#situation(this.#wishes, track.gone);
    const begun = this.#line.filled.some((one) => one.track === track);
    return (begun ? null : this.#warmth.of(play, now)) ?? choose(play.renditions, now);
  }

  get #full(): boolean {
    const seconds = this.#wishes.saver ? AHEAD_SAVING : AHEAD_SECONDS;
    const crowded = this.#line.bytesAhead(this.audio.currentTime) > this.#budget;
    return this.#ahead > seconds || (crowded && this.#ahead > LEAST_AHEAD);
  }

  async #pump({ signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      const track = this.#line.wanting;
      if (!track && this.#ahead < LAST) await this.#sink?.finish();
      if (signal.aborted) return;
      if (!track || this.#full) {
        await this.#waiter.wait(1000);
        continue;
      }
      const rendition = this.#choose(track);
      try {
        if (!rendition) throw new FetchFault(404);
        await this.#fill(track, rendition, signal);
        this.#recovered();
      } catch (error) {
        if (signal.aborted) return;
        if (!(await this.#stumbled(error, track, rendition))) return;
      }
    }
  }

  async #fill(track: Placed, rendition: Rendition, signal: AbortSignal): Promise<void> {
    const { play } = track.item;
    const from = this.#line.end;
    const segment = segmentAt(rendition, from - track.start);
    this.#working = track;
    this.#suspect = rendition;
    const part = segmentPart(play, rendition, segment);
    const fresh = this.#init !== rendition;
    const [init, bytes, roll] = await Promise.all([
      fresh ? this.#fetcher.get(initPart(play, rendition), signal) : null,
      this.#fetcher.get(part, signal),
      this.#roll(track, rendition, segment, signal),
    ]);
    const sink = this.#sink!;
    const begun = this.#line.filled.length ? from : track.start + begins(rendition, segment);
    const start = Math.max(track.start, begun);
    const window = cut(rendition, track.start, start, track.end);
    try {
      for (const [data, at] of [[init, null], [roll, window], [bytes, window]] as const) {
        signal.throwIfAborted();
        // Known before it is done: who takes over while it runs comes behind it in the buffer's turn.
        if (data && data === init) this.#init = rendition;
        if (data) await sink.append(rendition.codecs, data, at);
      }
    } catch (error) {
      if (nameOf(error) === CROWDED) this.#fetcher.giveBack(part, bytes);
      throw error;
    }
    signal.throwIfAborted();
    this.#working = null;
    const last = segment === rendition.segments.length - 1;
    const end = track.start + begins(rendition, segment + 1);
    const to = last ? track.end : Math.min(track.end, end);
    this.#line.filled.push({ track, rendition, from: start, to, bytes: part.bytes });
    this.#line.end = to;
    if (this.#line.filled.length === 1) this.#level();
  }

  /**
   * Where AAC takes over from FLAC in mid-track, its decoder needs the access unit before: the
   * segment before is appended too, and the window lets nothing of it be heard.
   */
  async #roll(track: Placed, rendition: Rendition, segment: number, signal: AbortSignal): Promise<ArrayBuffer | null> {
    const before = this.#line.filled.at(-1);
    const needed = segment > 0 && before?.track === track && isFlac(before.rendition) && !isFlac(rendition);
    return needed ? this.#fetcher.get(segmentPart(track.item.play, rendition, segment - 1), signal) : null;
  }

  #recovered(): void {
    this.#budget = Math.min(AHEAD_BYTES, this.#budget + 100_000);
    if (this.#faults >= 2) this.#events.network(this, false);
    this.#faults = 0;
    void this.#tidy();
  }

  async #tidy(): Promise<void> {
    const before = this.audio.currentTime - BEHIND_SECONDS;
    const first = this.#line.filled[0];
    if (!first || first.to > before || this.audio.seeking) return;
    this.#line.dropBefore(before);
    await this.#sink?.remove(0, before).catch(() => undefined);
  }

  /** What to do about a fault; false when this stream is over. */
  async #stumbled(error: unknown, track: Placed, rendition: Rendition | null): Promise<boolean> {
    const status = error instanceof FetchFault ? error.status : -1;
    if (status === -1) this.#init = null;
    if (nameOf(error) === CROWDED) return this.#crowded();
    if (rendition && REFUSED.has(status) && !this.#fresh(track.item.play)) return this.#renew(track);
    if (rendition && (GONE.has(status) || status === -1)) return this.#vanished(track, rendition, status);
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) return this.#over(track, status);
    await this.#again();
    return true;
  }

  /** Patience grows with each fault; a connection that comes back ends it. */
  async #again(): Promise<void> {
    this.#faults += 1;
    if (this.#faults === 2) this.#events.network(this, true);
    await this.#online.wait(Math.min(LONGEST_WAIT, 250 * 2 ** this.#faults));
  }

  async #crowded(): Promise<boolean> {
    const held = this.#line.bytesAhead(this.audio.currentTime);
    this.#budget = Math.max(LEAST_BYTES, Math.min(this.#budget, held) * 0.8);
    const before = this.audio.currentTime - 1;
    if (before > 0) await this.#sink?.remove(0, before).catch(() => undefined);
    this.#line.dropBefore(before);
    await this.#waiter.wait(500);
    return true;
  }

  #vanished(track: Placed, rendition: Rendition, status: number): boolean {
    track.gone.add(rendition.name);
    return this.#choose(track) ? true : this.#over(track, Math.max(0, status));
  }

  #fresh(play: Play): boolean { return Date.now() - (this.#renewed.get(play) ?? 0) < RENEWED_MS; }

  async #renew(track: Placed): Promise<boolean> {
    const before = track.item.play;
    try {
      const play = { ...before, ...(await this.#events.renew(track.item)) };
      track.item.play = play;
      this.#renewed.set(play, Date.now());
    } catch (error) {
      const status = (error as { status?: number }).status ?? 0;
      if (status >= 400 && status < 500) return this.#over(track, status);
      await this.#again();
    }
    return true;
  }

  /** The present track ends what is heard; one that only follows is left for its own turn. */
  #over(track: Placed, status: number): boolean {
    if (track === this.#now) {
      this.#events.failed(this, status);
      return false;
    }
    this.#line.cutBehind(this.#now!);
    return true;
  }

  /** The element gave up: bytes that it could not decode. Once more from here without them. */
  #broken(): void {
    const now = this.#now;
    if (!now || !this.audio.error) return;
    if (this.#mended > 1) return this.#events.failed(this, 0);
    const [at, mended, resume] = [this.position, this.#mended + 1, !this.audio.paused];
    const gone = [...now.gone, this.#suspect?.name ?? ""];
    void this.load(now.item, at, this.#wishes);
    this.#mended = mended;
    for (const name of gone) this.#now?.gone.add(name);
    if (resume) void this.audio.play().catch(() => undefined);
  }

  #heard(event: string): void {
    if (!this.#now) return;
    if (event === "timeupdate" || event === "playing" || event === "seeked") this.#watch();
    if (event === "timeupdate" || event === "seeking" || event === "waiting") this.#waiter.wake();
    if (this.#now) this.#events.changed(this, event);
  }

  /** The element's own events are too coarse for the moment of a join. */
  #watch(): void {
    this.#level();
    clearTimeout(this.#timer);
    if (this.audio.seeking) return;
    const left = (this.#leaving ? this.#now!.start : Number.POSITIVE_INFINITY) - this.audio.currentTime;
    if (left < 0.004) return this.#left();
    const next = this.#leaving ? null : this.#next;
    if (next && this.untilJoin < COMMIT) return this.#commit(next);
    const soon = Math.min(left, this.untilJoin - COMMIT);
    if (soon < 0.6) this.#timer = setTimeout(() => this.#watch(), Math.max(1, soon * 1000));
  }

  #commit(next: Placed): void {
    this.#left();
    this.#leaving = this.#now;
    this.#now = next;
    this.#events.committed(this);
    this.#watch();
  }

  #left(): void {
    const before = this.#leaving;
    if (!before) return;
    this.#leaving = null;
    const { tracks } = this.#line;
    tracks.splice(0, Math.max(0, tracks.indexOf(this.#now!)));
    this.#events.crossed(this, before.item);
  }

  #level(): void {
    const rendition = this.#line.at(this.audio.currentTime)?.rendition;
    if (!rendition || rendition === this.#shown) return;
    this.#shown = rendition;
    this.#events.changed(this, "level");
  }
}
