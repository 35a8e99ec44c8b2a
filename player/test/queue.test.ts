import assert from "node:assert/strict";
import { test } from "node:test";
import { type Action, EMPTY, type Entry, following, type Queue, reduce, runsInto, upcoming } from "../src/engine/queue.ts";
import { random } from "../src/engine/shuffle.ts";
import type { Track } from "../src/engine/types.ts";

let made = 0;
function entry(name: string, playable = true): Entry {
  const track = { recording_id: name, title: name, artist: name[0], playable } as unknown as Track;
  return { uid: `${name}-${made++}`, track };
}
const names = (entries: Entry[]) => entries.map((one) => one.track.title).join(" ");
const list = (queue: Queue) => names(upcoming(queue).map((one) => one.entry));
function run(queue: Queue, ...actions: Action[]): Queue {
  return actions.reduce(reduce, queue);
}
function playing(text: string, at = 0): Queue {
  const entries = text.split(" ").map((name) => entry(name));
  return reduce(EMPTY, { type: "play", id: "r", title: "R", entries, at });
}

test("the listener's queue comes before the rest of the list", () => {
  const queue = run(playing("a b c"), { type: "add", entries: [entry("x")] });
  assert.equal(list(queue), "x b c");
  assert.equal(run(queue, { type: "next" }, { type: "next" }).current?.track.title, "b");
});

test("play next goes to the head in batch order, add to the tail", () => {
  const queue = run(
    playing("a b"),
    { type: "add", entries: [entry("t")] },
    { type: "playNext", entries: [entry("p1"), entry("p2")] },
    { type: "playNext", entries: [entry("q")] },
  );
  assert.equal(list(queue), "q p1 p2 t b");
});

test("what was joined already comes, and what an edit put before it is next", () => {
  const before = run(playing("a b c d"), { type: "add", entries: [entry("x")] });
  const of = (name: string) => before.context!.entries.find((one) => one.track.title === name)!;
  const later = reduce(before, { type: "came", entry: of("c") });
  assert.equal(later.current?.track.title, "c");
  assert.equal(later.turn, before.turn + 1);
  assert.equal(list(later), "x b d");
  assert.equal(list(run(later, { type: "next" }, { type: "next" })), "d");
  const own = reduce(run(before, { type: "playNext", entries: [entry("y")] }), { type: "came", entry: before.user[0]! });
  assert.equal(own.current?.track.title, "x");
  assert.equal(list(own), "y b c d");
  const gone = reduce(reduce(before, { type: "remove", uid: of("b").uid }), { type: "came", entry: of("b") });
  assert.equal(gone.current?.track.title, "b");
  assert.equal(list(gone), "x c d");
});

test("clearing keeps the current track and starts nothing", () => {
  const before = run(playing("a b c"), { type: "add", entries: [entry("x")] });
  const after = reduce(before, { type: "clear" });
  assert.equal(after.current, before.current);
  assert.equal(after.turn, before.turn);
  assert.equal(list(after), "");
  assert.equal(reduce(after, { type: "ended" }).finished, true);
});

test("playing another list keeps what the listener queued", () => {
  const queue = run(playing("a b"), { type: "add", entries: [entry("x")] }, {
    type: "play", id: "s", title: "S", entries: [entry("m"), entry("n")], at: 0,
  });
  assert.equal(queue.current?.track.title, "m");
  assert.equal(list(queue), "x n");
});

test("previous restarts after three seconds, else goes back", () => {
  const queue = run(playing("a b c"), { type: "next" });
  const again = reduce(queue, { type: "previous", position: 10 });
  assert.equal(again.current, queue.current);
  assert.equal(again.turn, queue.turn + 1);
  const back = reduce(queue, { type: "previous", position: 1 });
  assert.equal(back.current?.track.title, "a");
  assert.equal(list(back), "b c");
});

test("previous from a queued track puts it back at the head", () => {
  const queue = run(playing("a b"), { type: "add", entries: [entry("x")] }, { type: "next" });
  assert.equal(queue.current?.track.title, "x");
  const back = reduce(queue, { type: "previous", position: 0 });
  assert.equal(back.current?.track.title, "a");
  assert.equal(list(back), "x b");
});

test("previous reaches back into the list played before", () => {
  const queue = run(playing("a b"), {
    type: "play", id: "s", title: "S", entries: [entry("m"), entry("n")], at: 0,
  });
  const back = reduce(queue, { type: "previous", position: 0 });
  assert.equal(back.current?.track.title, "a");
  assert.equal(list(back), "m n");
});

test("repeat one repeats at the natural end, next still skips", () => {
  const queue = run(playing("a b"), { type: "repeat", mode: "one" });
  const ended = reduce(queue, { type: "ended" });
  assert.equal(ended.current, queue.current);
  assert.equal(ended.turn, queue.turn + 1);
  assert.equal(reduce(queue, { type: "next" }).current?.track.title, "b");
  assert.equal(following(queue), queue.current);
});

test("repeat all starts over, repeat off stops and keeps the queue", () => {
  const end = run(playing("a b"), { type: "next" });
  const off = reduce(end, { type: "ended" });
  assert.equal(off.finished, true);
  assert.equal(off.current?.track.title, "b");
  const all = run(end, { type: "repeat", mode: "all" }, { type: "ended" });
  assert.equal(all.current?.track.title, "a");
  assert.equal(list(all), "b");
});

test("what is shown as shuffled is what plays, and off goes back to the list's order", () => {
  const queue = run(playing("a b c d e f g"), { type: "next" }, { type: "shuffle", seed: 7 });
  const shown = list(queue);
  assert.notEqual(shown, "c d e f g");
  let at = queue;
  const heard: string[] = [];
  while (!at.finished) {
    at = reduce(at, { type: "ended" });
    if (!at.finished) heard.push(at.current!.track.title);
  }
  assert.equal(heard.join(" "), shown);
  const off = reduce(queue, { type: "shuffle", seed: null });
  assert.equal(list(off), "c d e f g");
  assert.equal(off.turn, queue.turn);
});

test("locked tracks are stepped over by themselves and played when asked for", () => {
  const entries = [entry("a"), entry("b", false), entry("c")];
  const queue = reduce(EMPTY, { type: "play", id: "r", title: "R", entries, at: 0 });
  assert.equal(reduce(queue, { type: "ended" }).current?.track.title, "c");
  assert.equal(reduce(queue, { type: "jump", uid: entries[1]!.uid }).current?.track.title, "b");
});

test("a refused track is marked and kept", () => {
  const queue = playing("a b c");
  const uid = upcoming(queue)[0]!.entry.uid;
  const after = reduce(queue, { type: "refuse", uid, reason: "no" });
  assert.equal(list(after), "b c");
  assert.equal(following(after)?.track.title, "c");
});

test("undo brings back what an edit took away", () => {
  const before = playing("a b c");
  const uid = upcoming(before)[0]!.entry.uid;
  const after = reduce(before, { type: "remove", uid });
  assert.equal(list(after), "c");
  assert.equal(list(reduce(after, { type: "undo", before })), "b c");
});

test("a track runs into its successor only, and not when something is put between", () => {
  const entries = ["a", "b", "c"].map((name) => entry(name));
  entries[0]!.track.gapless_next = true;
  const queue = reduce(EMPTY, { type: "play", id: "r", title: "R", entries, at: 0 });
  assert.equal(runsInto(queue, following(queue)), true);
  const between = reduce(queue, { type: "playNext", entries: [entry("x")] });
  assert.equal(runsInto(between, following(between)), false);
  const shuffledAway = reduce(queue, { type: "remove", uid: entries[1]!.uid });
  assert.equal(runsInto(shuffledAway, following(shuffledAway)), false);
  const on = reduce(queue, { type: "next" });
  assert.equal(runsInto(on, following(on)), false);
});

test("moving stops at the ends of its part", () => {
  const queue = playing("a b c d");
  const last = upcoming(queue)[2]!.entry.uid;
  assert.equal(list(reduce(queue, { type: "move", uid: last, by: -1 })), "b d c");
  assert.equal(list(reduce(queue, { type: "move", uid: last, by: -9 })), "d b c");
  assert.equal(list(reduce(queue, { type: "move", uid: last, by: 9 })), "b c d");
});

test("no edit ever starts, stops or changes the current track (random runs)", () => {
  const pick = random(42);
  for (let round = 0; round < 400; round++) {
    let queue = playing("a b c d e f g h", Math.floor(pick() * 8));
    for (let step = 0; step < 25; step++) {
      const all = upcoming(queue);
      const uid = all.length ? all[Math.floor(pick() * all.length)]!.entry.uid : "none";
      const edits: Action[] = [
        { type: "add", entries: [entry("u"), entry("v")] },
        { type: "playNext", entries: [entry("w")] },
        { type: "remove", uid },
        { type: "move", uid, by: Math.floor(pick() * 7) - 3 },
        { type: "shuffle", seed: pick() < 0.5 ? null : Math.floor(pick() * 1e6) },
        { type: "repeat", mode: "all" },
        { type: "refuse", uid, reason: "no" },
      ];
      if (pick() < 0.1) edits.push({ type: "clear" });
      const after = reduce(queue, edits[Math.floor(pick() * edits.length)]!);
      assert.equal(after.turn, queue.turn);
      assert.equal(after.current?.uid, queue.current?.uid);
      const uids = upcoming(after).map((one) => one.entry.uid);
      assert.equal(new Set(uids).size, uids.length);
      queue = pick() < 0.2 ? reduce(after, { type: "next" }) : after;
    }
  }
});
