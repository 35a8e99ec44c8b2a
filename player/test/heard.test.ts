import assert from "node:assert/strict";
import { test } from "node:test";
import { Heard } from "../src/engine/heard.ts";

function listen(heard: Heard, from: number, seconds: number, wall: number): number {
  heard.anchor(from, wall);
  for (let t = 0.25; t <= seconds; t += 0.25) heard.advance(from + t, wall + t * 1000);
  return wall + seconds * 1000;
}

test("plain listening counts as it goes", () => {
  const heard = new Heard();
  listen(heard, 0, 31, 0);
  assert.equal(heard.ms, 31000);
});

test("a seek adds nothing", () => {
  const heard = new Heard();
  const wall = listen(heard, 0, 5, 0);
  heard.rest(null, wall);
  listen(heard, 100, 5, wall);
  assert.equal(heard.ms, 10000);
});

test("a jump that nobody announced counts no more than the clock allows", () => {
  const heard = new Heard();
  heard.anchor(0, 0);
  heard.advance(0.25, 250);
  heard.advance(60, 500);
  assert.equal(heard.ms, 500);
});

test("a pause adds nothing, nor does going back", () => {
  const heard = new Heard();
  const wall = listen(heard, 0, 4, 0);
  heard.rest(null, wall);
  heard.anchor(4, wall + 60000);
  heard.advance(4, wall + 60000);
  heard.advance(1, wall + 60250);
  assert.equal(heard.ms, 4000);
});

test("hearing a part twice counts twice", () => {
  const heard = new Heard();
  const wall = listen(heard, 0, 10, 0);
  listen(heard, 0, 10, wall);
  assert.equal(heard.ms, 20000);
});

test("what was heard before a pause counts, however late the last look was", () => {
  const heard = new Heard();
  const wall = listen(heard, 0, 4, 0);
  heard.rest(5.1, wall + 1100);
  assert.equal(heard.ms, 5100);
  heard.rest(9, wall + 9000);
  assert.equal(heard.ms, 5100, "it stood");
});
