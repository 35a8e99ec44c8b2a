import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, type Situation } from "../src/engine/abr.ts";
import { crossfade, falling, rising } from "../src/engine/fade.ts";
import { begins, cut, initPart, lengthOf, segmentAt, segmentPart } from "../src/engine/layout.ts";
import { gainFor, gainOf } from "../src/engine/loudness.ts";
import { prefixed } from "../src/engine/api.ts";
import { EMPTY, type Entry, reduce } from "../src/engine/queue.ts";
import { Timeline } from "../src/engine/timeline.ts";
import type { Play, Rendition, Track } from "../src/engine/types.ts";

function rendition(name: string, change: Partial<Rendition> = {}): Rendition {
  return {
    name, codecs: "mp4a.40.2", rate: 44100, bits: 0, channels: 2, bandwidth: 130_000, average_bandwidth: 128_000,
    delay: 1024, samples: 600_000, init: `${name}/init.mp4`, init_bytes: 690, media: `${name}/{}.m4s`,
    segments: [[262_144, 95_000], [262_144, 95_001], [77_824, 30_000]], ...change,
  };
}
const play = (...renditions: Rendition[]): Play => ({ play_id: "p", hls: "/m/tok/asset/master.m3u8", renditions });

test("a segment is found by its samples, also at its very edges", () => {
  const one = rendition("aac128");
  assert.equal(segmentAt(one, 0), 0);
  const edge = begins(one, 1);
  assert.equal(edge, (262_144 - 1024) / 44_100);
  assert.equal(segmentAt(one, edge), 1);
  assert.equal(segmentAt(one, edge - 1 / 44_100), 0);
  assert.equal(segmentAt(one, 1e9), 2);
});

test("addresses: a file for each segment, or ranges of one", () => {
  const files = rendition("aac128", { first: 3 });
  assert.deepEqual(segmentPart(play(files), files, 1), { url: "/m/tok/asset/aac128/4.m4s", range: null, bytes: 95_001 });
  const one = rendition("flac", { media: "flac.mp4", init: "flac.mp4" });
  assert.deepEqual(initPart(play(one), one).range, [0, 690]);
  assert.deepEqual(segmentPart(play(one), one, 1).range, [690 + 95_000, 95_001]);
});

test("music is placed by whole samples and cut to its track", () => {
  assert.deepEqual(cut(rendition("a"), 10, 10, 20), { offset: 10 - 1024 / 44_100, from: 10, to: 20 });
  const part = rendition("a", { decode_time: 524_288, delay: 500 });
  assert.equal(cut(part, 0, 0, 1).offset, -(524_288 + 500) / 44_100);
  assert.equal(lengthOf(play(rendition("a"), rendition("f", { rate: 96_000, samples: 1_000_001 }))), 1_000_001 / 96_000);
});

test("an edit takes back what lies behind the present track, and only that", () => {
  const line = new Timeline();
  const item = (uid: string) => ({ entry: { uid } as Entry, play: play(rendition("a")) });
  const [first, second] = [line.add(item("a")), line.add(item("b"))];
  assert.equal(second.start, first.end);
  line.filled.push({ track: first, rendition: rendition("a"), from: 0, to: first.end, bytes: 10 });
  line.end = first.end;
  assert.equal(line.wanting, second);
  assert.equal(line.cutBehind(first), false);
  assert.equal(line.wanting, null);
  const third = line.add(item("c"));
  line.filled.push({ track: third, rendition: rendition("a"), from: first.end, to: first.end + 5, bytes: 20 });
  line.end = first.end + 5;
  assert.equal(line.bytesAhead(0), 30);
  assert.equal(line.bytesAhead(first.end), 20);
  assert.equal(Math.round(line.bytesAhead(first.end + 2.5)), 10, "of a segment that plays, what is still to come");
  line.dropBefore(3);
  assert.equal(line.holds(2.9), false, "its segment is there, but not from its start");
  assert.equal(line.holds(3.2), true);
  assert.equal(line.cutBehind(first), true);
  assert.equal(line.end, first.end);
  assert.equal(line.filled.length, 1);
});

const LADDER = [
  rendition("aac64", { bandwidth: 70_000, average_bandwidth: 64_000 }), rendition("aac128"),
  rendition("aac256", { bandwidth: 265_000, average_bandwidth: 256_000 }),
  rendition("flac", { codecs: "fLaC", bandwidth: 1_000_000, average_bandwidth: 800_000 }),
  rendition("hires", { codecs: "fLaC", bandwidth: 5_000_000, average_bandwidth: 4_000_000, rate: 192_000 }),
];
const pick = (change: Partial<Situation>): string | undefined => choose(LADDER, {
  choice: "auto", estimate: 1e7, ahead: 20, saver: false, gone: new Set(), last: null, ...change,
})?.name;

test("automatic quality is what the connection carries, and never lossless", () => {
  assert.equal(pick({}), "aac256");
  assert.equal(pick({ estimate: 300_000, ahead: 0 }), "aac128");
  assert.equal(pick({ estimate: 50_000 }), "aac64");
  assert.equal(pick({ saver: true }), "aac64");
  assert.equal(pick({ gone: new Set(["aac256"]) }), "aac128");
});

test("what is pinned is taken; lossless gives way before the sound would stop", () => {
  assert.equal(pick({ choice: "low" }), "aac64");
  assert.equal(pick({ choice: "lossless" }), "flac");
  assert.equal(pick({ choice: "hires" }), "hires");
  assert.equal(pick({ choice: "lossless", estimate: 400_000, ahead: 2, last: LADDER[3]! }), "aac128");
  assert.equal(pick({ choice: "lossless", estimate: 900_000, ahead: 20, last: LADDER[1]! }), "aac256");
  assert.equal(pick({ choice: "lossless", estimate: 2_000_000, last: LADDER[1]! }), "flac");
  assert.equal(pick({ gone: new Set(LADDER.map((one) => one.name)) }), undefined);
});

test("loudness: down as far as it takes, up never past -1 dBTP, off is no change", () => {
  assert.equal(gainFor({ integrated: -9, true_peak: 0.5 }, -14), -5);
  assert.equal(gainFor({ integrated: -20, true_peak: -3 }, -14), 2);
  assert.equal(gainFor({ integrated: -20, true_peak: -0.2 }, -11), 0);
  assert.equal(gainFor({ integrated: -70, true_peak: -144 }, -14), 0);
  assert.equal(gainFor({ integrated: -9, true_peak: 0 }, 0), 0);
  const loudness = { track: { integrated: -20, true_peak: -9 }, album: { integrated: -12, true_peak: -1 } };
  const one = { ...play(LADDER[0]!), loudness };
  assert.equal(gainOf(one, -14, true), -2);
  assert.equal(gainOf(one, -14, false), 6);
});

test("a crossfade keeps its power, and leaves albums, short tracks and repeats alone", () => {
  for (const at of [0, 0.2, 0.5, 1]) assert.ok(Math.abs(rising(at) ** 2 + falling(at) ** 2 - 1) < 1e-9);
  const entry = (uid: string, release: string, seconds: number): Entry =>
    ({ uid, track: { release_id: release, seconds, playable: true, artist: uid } as Track });
  const entries = [entry("a", "r", 100), entry("b", "r", 100)];
  const queue = reduce(EMPTY, { type: "play", id: "r", title: "R", entries, at: 0 });
  assert.equal(crossfade(queue, entries[1]!, 6), 0);
  assert.equal(crossfade(queue, entry("x", "s", 100), 6), 6);
  assert.equal(crossfade(queue, entry("x", "s", 11), 6), 0);
  assert.equal(crossfade({ ...queue, repeat: "one" }, entry("x", "s", 100), 6), 0);
});

test("a fresh token takes the place of the old one in the address", () => {
  assert.equal(prefixed("/m/old.tok/asset/master.m3u8", "new"), "/m/new/asset/master.m3u8");
  assert.equal(prefixed("https://cdn.example/m/old/a/master.m3u8", "n$&w"), "https://cdn.example/m/n$&w/a/master.m3u8");
});
