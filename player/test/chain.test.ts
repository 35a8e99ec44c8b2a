import assert from "node:assert/strict";
import { test } from "node:test";
import { absolute, joined, placed } from "../src/engine/chain.ts";

const LIST = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="aac64/init.mp4"
#EXTINF:5.944308390,
aac64/0.m4s
#EXTINF:2.000000000,
aac64/1.m4s
#EXT-X-ENDLIST
`;
const BASE = new URL("https://music.example/m/token/asset/aac64.m3u8");

test("a track's lines get whole addresses and lose what belongs to its own playlist", () => {
  assert.equal(absolute(LIST, BASE), `#EXT-X-MAP:URI="https://music.example/m/token/asset/aac64/init.mp4"
#EXTINF:5.944308390,
https://music.example/m/token/asset/aac64/0.m4s
#EXTINF:2.000000000,
https://music.example/m/token/asset/aac64/1.m4s`);
});

test("an open chain may grow, a closed one ends", () => {
  const one = absolute(LIST, BASE);
  const open = joined([one], true);
  assert.match(open, /#EXT-X-PLAYLIST-TYPE:EVENT/);
  assert.doesNotMatch(open, /ENDLIST/);
  const closed = joined([one, one, one], false);
  assert.match(closed, /#EXT-X-TARGETDURATION:6\n/);
  assert.equal(closed.match(/#EXT-X-DISCONTINUITY/g)?.length, 2);
  assert.ok(closed.endsWith("#EXT-X-ENDLIST\n"));
});

test("tracks are placed by whole samples, also at different rates", () => {
  const spans = [
    { rate: 44100, start: 1024, samples: 882000 },
    { rate: 48000, start: 1024, samples: 480001 },
    { rate: 44100, start: 0, samples: 44100 },
  ];
  assert.deepEqual(placed(spans, 0), { from: 0, to: 20, offset: -1024 / 44100 });
  const second = placed(spans, 1);
  assert.equal(second.from, 20);
  assert.equal(second.to, 20 + 480001 / 48000);
  assert.equal(second.offset, 20 - 1024 / 48000);
  assert.equal(placed(spans, 2).offset, second.to);
});
