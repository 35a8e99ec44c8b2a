import assert from "node:assert/strict";
import test from "node:test";
import { Report } from "../src/engine/report.ts";

test("a play is told of as soon as it counts, once", () => {
  const sent: { heard_ms: number; rendition: string }[] = [];
  globalThis.fetch = ((_url: string, init: { body: string }) => {
    sent.push(JSON.parse(init.body));
    return Promise.resolve(new Response());
  }) as unknown as typeof fetch;
  const report = new Report("play");
  report.heard.anchor(0, 0);
  report.heard.advance(29.9, 29_900);
  assert.equal(report.due, false);
  report.send("progress", 29.9);
  report.rendition = "aac256";
  report.heard.advance(30.1, 30_100);
  assert.equal(report.due, true);
  report.send("progress", 30.1);
  assert.equal(report.due, false);
  assert.deepEqual(
    sent.map((body) => [body.heard_ms, body.rendition]),
    [[29_900, ""], [30_100, "aac256"]],
  );
});
