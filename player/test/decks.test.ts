import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deck, DeckEvents, Item } from "../src/engine/deck.ts";
import { Fetcher } from "../src/engine/fetcher.ts";
import { Native } from "../src/engine/native.ts";
import { Stream } from "../src/engine/stream.ts";
import { type Done, FakeAudio, FakeMediaSource } from "../src/engine/testing.ts";
import type { Play, Rendition } from "../src/engine/types.ts";

const RATE = 1000;
const WISHES = { choice: "auto", saver: false } as const;

function rendition(name: string, codecs: string, bandwidth: number): Rendition {
  return {
    name, codecs, rate: RATE, bits: 16, channels: 2, bandwidth, average_bandwidth: bandwidth, delay: 100,
    samples: 15_000, init: `${name}/init.mp4`, init_bytes: 50, media: `${name}/{}.m4s`,
    segments: [[6000, 6000], [6000, 6000], [3100, 3100]],
  };
}

function item(uid: string): Item {
  const renditions = [rendition("aac64", "mp4a.40.2", 64_000), rendition("flac", "fLaC", 800_000)];
  const play = { play_id: uid, hls: `/m/old/${uid}/master.m3u8`, renditions } satisfies Play;
  return { entry: { uid, track: { release_id: "r", seconds: 15 } as never }, play };
}

interface Rig {
  deck: Deck;
  audio: FakeAudio;
  told: string[];
  /** What the next renewal answers. */
  renewal: Partial<Play> | { status: number };
}

function rig(kind: "native" | "stream"): Rig {
  const audio = new FakeAudio();
  const made = { audio, told: [] as string[], renewal: { hls: "/m/new/a/master.m3u8" } } as unknown as Rig;
  const events: DeckEvents = {
    changed: (_, event) => made.told.push(event),
    committed: (deck) => made.told.push(`committed ${deck.item?.entry.uid}`),
    crossed: (_, before) => made.told.push(`crossed ${before.entry.uid}`),
    failed: (_, status) => made.told.push(`failed ${status}`),
    network: (_, lost) => made.told.push(lost ? "lost" : "back"),
    renew: () => ("status" in made.renewal ? Promise.reject(made.renewal) : Promise.resolve(made.renewal)),
  };
  const element = audio as unknown as HTMLAudioElement;
  made.deck = kind === "native" ? new Native(element, events) : new Stream(element, new Fetcher(), events);
  return made;
}

/** Answers of the server: HTTP status by address, 200 where nothing is said. */
const answers = new Map<RegExp, number>();
const asked: string[] = [];
Object.assign(globalThis, {
  MediaSource: FakeMediaSource,
  fetch: (url: string) => {
    asked.push(url);
    const status = [...answers].find(([pattern]) => pattern.test(url))?.[1] ?? 200;
    if (!status) return Promise.reject(new TypeError("no connection"));
    return Promise.resolve(new Response(status === 200 ? new Uint8Array(url.includes("init") ? 50 : 60) : null, { status }));
  },
});
Object.assign(URL, { createObjectURL: (source: FakeMediaSource) => FakeMediaSource.address(source), revokeObjectURL: () => undefined });

const later = (milliseconds = 30): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
type Append = Extract<Done, { what: "append" }>;
const music = (): Append[] =>
  FakeMediaSource.last!.done.filter((one): one is Append => one.what === "append" && one.bytes === 60);

for (const kind of ["native", "stream"] as const) {
  test(`${kind}: a track is loaded at its place, plays, seeks, ends and is let go`, async () => {
    const { deck, audio, told } = rig(kind);
    assert.ok(!deck.item);
    await deck.load(item("a"), 4, WISHES);
    await audio.play();
    audio.ready();
    assert.equal((deck.item as Item | null)?.entry.uid, "a");
    assert.equal(deck.position, 4);
    audio.runTo(5);
    assert.equal(deck.position, 5);
    deck.seek(9);
    assert.equal(deck.position, 9);
    audio.pause();
    audio.end();
    for (const event of ["loadeddata", "playing", "timeupdate", "pause", "ended"]) assert.ok(told.includes(event), event);
    deck.release();
    assert.ok(!deck.item);
    assert.equal(audio.src, "");
    const before = told.length;
    audio.runTo(10);
    assert.equal(told.length, before, "a released deck tells nothing");
  });
}

test("native: one family of codecs only, and a fresh address once when the element fails", async () => {
  const { deck, audio, told } = rig("native");
  await deck.load(item("a"), 0, WISHES);
  assert.equal(audio.src, "/m/old/a/adaptive.m3u8");
  await audio.play();
  audio.ready();
  audio.runTo(7);
  audio.break();
  await later();
  assert.equal(audio.src, "/m/new/a/adaptive.m3u8");
  audio.ready();
  assert.equal(deck.position, 7);
  await deck.load(item("b"), 0, { choice: "lossless", saver: false });
  assert.equal(audio.src, "/m/old/b/lossless.m3u8");
  assert.equal(deck.rendition?.name, "flac");
  audio.break();
  await later();
  audio.break();
  assert.ok(told.includes("failed 0"));
});

test("native: a part ends at its edge, not with its last segment", async () => {
  const { deck, audio, told } = rig("native");
  const part = item("p");
  for (const one of part.play.renditions) Object.assign(one, { decode_time: 6000, delay: 500, samples: 2500 });
  await deck.load(part, 0, WISHES);
  await audio.play();
  audio.ready();
  assert.equal(audio.currentTime, 0.5, "the music begins within the first segment");
  assert.equal(deck.position, 0);
  deck.seek(1);
  assert.equal(audio.currentTime, 1.5);
  audio.runTo(2.9);
  assert.ok(!told.includes("ended"));
  audio.currentTime = 3;
  await later(200);
  assert.ok(told.includes("ended"));
  assert.ok(audio.paused);
});

test("native: a refused renewal is told with its status", async () => {
  const made = rig("native");
  made.renewal = { status: 403 };
  await made.deck.load(item("a"), 0, WISHES);
  made.audio.break();
  await later();
  assert.ok(made.told.includes("failed 403"));
});

test("stream: it is told to end at its very end, and then nothing follows any more", async () => {
  const { deck, audio } = rig("stream");
  await deck.load(item("a"), 0, WISHES);
  await audio.play();
  audio.ready();
  await later();
  assert.equal(FakeMediaSource.last!.readyState, "open");
  audio.runTo(14.95);
  await later();
  assert.equal(FakeMediaSource.last!.readyState, "ended");
  deck.follow(item("b"));
  assert.equal(deck.following, null);
  deck.release();
});

test("stream: what follows is placed and cut by whole samples, and can be taken back", async () => {
  const { deck, audio, told } = rig("stream");
  await deck.load(item("a"), 0, WISHES);
  await audio.play();
  audio.ready();
  deck.follow(item("b"));
  await later();
  assert.deepEqual(music().map(({ offset, to }) => [offset, to]), [...Array(3).fill([-0.1, 15]), ...Array(3).fill([14.9, 30])]);
  assert.equal(FakeMediaSource.last!.readyState, "open");
  deck.follow(item("c"));
  await later();
  assert.ok(FakeMediaSource.last!.done.some((one) => one.what === "remove" && one.from === 15));
  assert.equal(music().length, 9);
  assert.ok(asked.at(-1)!.includes("/c/"));
  audio.runTo(14.8);
  assert.ok(told.includes("committed c"));
  assert.equal(deck.position, 0);
  assert.equal(deck.sounding?.entry.uid, "a");
  audio.runTo(15.2);
  assert.ok(told.includes("crossed a"));
  assert.ok(Math.abs(deck.position - 0.2) < 1e-9);
  deck.release();
});

test("stream: the start of what may follow is fetched before it takes another's place, once", async () => {
  const { deck, audio } = rig("stream");
  await deck.load(item("a"), 0, WISHES);
  await audio.play();
  audio.ready();
  deck.follow(item("b"));
  await later();
  const next = item("c");
  asked.length = 0;
  assert.equal(await deck.warm(next.play, WISHES), true);
  assert.equal(deck.following?.entry.uid, "b");
  assert.ok(!FakeMediaSource.last!.done.some((one) => one.what === "remove"));
  deck.follow(next);
  await later();
  assert.equal(deck.following?.entry.uid, "c");
  assert.equal(asked.filter((url) => url.includes("/c/") && url.endsWith("/0.m4s")).length, 1);
  answers.set(/m4s/, 0);
  assert.equal(await deck.warm(item("d").play, WISHES), false);
  answers.clear();
  deck.release();
});

test("stream: an edit in the moment of a join comes behind it", async () => {
  const { deck, audio, told } = rig("stream");
  await deck.load(item("a"), 0, WISHES);
  await audio.play();
  audio.ready();
  deck.follow(item("b"));
  await later();
  audio.currentTime = 14.8; // timers slept: nobody has looked since
  deck.follow(null);
  assert.ok(told.includes("committed b"));
  assert.ok(!FakeMediaSource.last!.done.some((one) => one.what === "remove"));
  audio.runTo(16);
  assert.ok(told.includes("crossed a"));
  assert.equal(deck.position, 1);
  deck.release();
});

test("stream: from FLAC to AAC in mid-track the unit before goes in first, unheard", async () => {
  answers.set(/flac\/1/, 404);
  const { deck } = rig("stream");
  await deck.load(item("a"), 0, { choice: "lossless", saver: false });
  await later();
  answers.clear();
  const aac = music().filter((one) => one.type.includes("mp4a"));
  assert.deepEqual(aac.map((one) => one.from).slice(0, 2), [5.9, 5.9], "the segment before, then its own");
  assert.ok(asked.some((url) => url.endsWith("/aac64/0.m4s")));
  deck.release();
});

test("stream: another quality drops what stands ready only where it brings another rendition", async () => {
  const { deck } = rig("stream");
  await deck.load(item("a"), 0, WISHES);
  await later();
  deck.steer({ choice: "low", saver: false });
  deck.steer({ choice: "lossless", saver: false }); // more than the connection seems to carry
  await later();
  assert.equal(music().length, 3);
  assert.ok(!FakeMediaSource.last!.done.some((one) => one.what === "remove"));
  const light = item("b");
  Object.assign(light.play.renditions[1]!, { bandwidth: 100_000, average_bandwidth: 100_000 });
  await deck.load(light, 0, { choice: "lossless", saver: false });
  await later();
  deck.steer({ choice: "low", saver: false });
  await later();
  assert.deepEqual(music().map((one) => /flac/i.test(one.type)), [true, true, true, false, false, false]);
  assert.ok(FakeMediaSource.last!.done.some((one) => one.what === "remove" && one.from === 5.9));
  deck.release();
});

test("stream: a lost connection and a full buffer are waited out, a refusal is told", async () => {
  answers.set(/m4s/, 0);
  const { deck, told } = rig("stream");
  await deck.load(item("a"), 0, WISHES);
  await later(1800);
  assert.ok(told.includes("lost"));
  answers.clear();
  await later(2500);
  assert.ok(told.includes("back"));
  assert.equal(music().length, 3);
  deck.release();
  const second = rig("stream");
  asked.length = 0;
  await second.deck.load(item("a"), 0, WISHES);
  FakeMediaSource.last!.full = 2;
  await later(1500);
  assert.equal(music().length, 3);
  assert.equal(asked.filter((url) => url.includes("m4s")).length, 3, "no segment is fetched twice");
  second.deck.release();
  const third = rig("stream");
  third.renewal = { status: 403 };
  answers.set(/old.*m4s/, 403);
  await third.deck.load(item("a"), 0, WISHES);
  await later();
  assert.ok(third.told.includes("failed 403"));
  third.deck.release();
  third.renewal = { hls: "/m/new/a/master.m3u8" };
  await third.deck.load(item("a"), 0, WISHES);
  await later();
  assert.equal(music().length, 3, "a fresh token is swapped in");
  answers.clear();
  third.deck.release();
});
