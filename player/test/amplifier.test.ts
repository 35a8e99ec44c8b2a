import assert from "node:assert/strict";
import { test } from "node:test";
import { Amplifier } from "../src/engine/amplifier.ts";
import { FakeAudio } from "../src/engine/testing.ts";

/** What was done, in its order: volumes of the element, and what became of the node. */
const done: string[] = [];

class FakeContext {
  currentTime = 0;
  state = "running";
  destination = {};
  createGain() {
    const gain = {
      set value(to: number) { done.push(`gain ${to}`); },
      setTargetAtTime: (to: number) => done.push(`gain to ${to}`),
    };
    return { gain, context: this, connect: (to: object) => to };
  }
  createMediaElementSource() {
    done.push("inserted");
    return { connect: (to: object) => to };
  }
  resume = () => Promise.resolve();
}
Object.assign(globalThis, { AudioContext: FakeContext });

class Heard extends FakeAudio {
  constructor() {
    super();
    let volume = 1;
    Object.defineProperty(this, "volume", { get: () => volume, set: (to: number) => (done.push(`volume ${to.toFixed(2)}`), (volume = to)) });
  }
}

const made = (paused: boolean): Amplifier => {
  done.length = 0;
  const audio = new Heard();
  audio.paused = paused;
  return new Amplifier(audio as unknown as HTMLMediaElement);
};

test("up to full scale nothing but the element's own volume is touched", () => {
  const amplifier = made(false);
  amplifier.set(1, false);
  amplifier.set(0.5, false);
  assert.deepEqual(done, ["volume 1.00", "volume 0.50"]);
});

test("what sounds goes down to silence before the gain node is put in, and comes up behind it", async () => {
  const amplifier = made(false);
  amplifier.set(1.5, false);
  amplifier.set(2, false);
  for (let tries = 0; tries < 500 && !done.includes("gain to 2"); tries++) await new Promise((later) => setTimeout(later, 10));
  const at = done.indexOf("inserted");
  const volumes = done.slice(0, at).filter((one) => one.startsWith("volume")).map((one) => Number(one.slice(7)));
  assert.equal(volumes[0], 1);
  assert.deepEqual(volumes, [...volumes].sort((a, b) => b - a), "only down");
  assert.equal(volumes.at(-1), 0);
  assert.deepEqual(done.slice(at - 1), ["gain 0", "inserted", "volume 1.00", "gain to 2"]);
  amplifier.set(0.5, false);
  assert.deepEqual(done.slice(at + 3), ["volume 1.00", "gain to 0.5"], "from now on the node does it all, without steps");
});

test("while nothing sounds it is put in at once", () => {
  made(true).set(2, false);
  assert.deepEqual(done, ["gain 0", "inserted", "volume 1.00", "gain to 2"]);
});
