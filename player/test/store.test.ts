import assert from "node:assert/strict";
import test from "node:test";
import { EMPTY, entryOf, type Queue, reduce } from "../src/engine/queue.ts";
import type { Track } from "../src/engine/types.ts";

const kept = new Map<string, string>();
const written: string[] = [];
Object.assign(globalThis, {
  window: globalThis,
  localStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => (kept.set(key, value), written.push(key)),
  },
});
const { loadQueue, saveNow } = await import("../src/engine/store.ts");

const track = (at: number): Track => ({
  recording_id: `00000000-0000-5000-8000-${String(at).padStart(12, "0")}`, isrc: "QZSGE2600001", number: 1 + (at % 12),
  title: `A title of common length ${at}`, artist: "An artist and a guest", seconds: 201.333, playable: at % 9 !== 8,
  reason: at % 9 === 8 ? "Not here." : null, until: null, peaks: Array(200).fill(99), gapless_next: at % 2 === 0,
  quality: null, release_id: `00000000-0000-5000-9000-${Math.floor(at / 12)}`, album: "An album", artwork: "/art/abc", hue: 1, chroma: 0.1,
});

const played = (count: number): Queue => {
  const entries = Array.from({ length: count }, (_, at) => entryOf(track(at)));
  return reduce(EMPTY, { type: "play", id: "c", title: "All", entries, at: 3 });
};
const shape = (queue: Queue) => [queue.current?.track.recording_id, queue.context?.entries.map(({ track: { isrc: _, peaks: __, ...rest } }) => rest),
  queue.context?.order, queue.context?.cursor, queue.user.map((one) => one.track.title), queue.turn];

test("20,000 tracks fit into a browser's storage and come back as they were", () => {
  const queue = reduce(reduce(played(20_000), { type: "add", entries: [entryOf({ ...track(5), preview: true })] }), { type: "next" });
  saveNow(queue);
  const characters = [...kept.values()].reduce((sum, one) => sum + one.length, 0);
  assert.ok(characters < 4_000_000, `${characters} characters`);
  const back = loadQueue();
  assert.deepEqual(shape(back), shape(queue));
  assert.equal(back.current?.track.preview, true);
  assert.equal(new Set(back.context!.entries.map((one) => one.uid)).size, 20_000);
});

test("the list is written when it is another, and the current place keeps its id", () => {
  const queue = reduce(played(20), { type: "next" });
  saveNow(queue);
  written.length = 0;
  const later = reduce(queue, { type: "next" });
  saveNow(later);
  assert.deepEqual(written, ["segue.queue.2"]);
  const back = loadQueue();
  assert.equal(back.context!.entries[back.context!.order[back.context!.cursor]!]!.uid, later.current!.uid);
});

test("what is spoilt or of another list is left", () => {
  kept.set("segue.list.1", "{");
  assert.equal(loadQueue().context, null);
  kept.set("segue.queue.2", '{"user":7}');
  assert.equal(loadQueue(), EMPTY);
});
