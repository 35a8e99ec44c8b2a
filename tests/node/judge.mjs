// Two outside readers of our output: hls-parser (strict) and mp4box. Prints JSON, one entry per folder.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import HLS from "hls-parser";
import { createFile, MP4BoxBuffer } from "mp4box";

HLS.setOptions({ strictMode: true });

function piece(folder, uri, range) {
  const data = readFileSync(join(folder, decodeURIComponent(uri)));
  if (!range) return data;
  return data.subarray(range.offset, range.offset + range.length);
}

// What mp4box finds in an initialisation segment followed by these segments.
function measure(init, segments) {
  const file = createFile();
  const found = { codec: "", rate: 0, channels: 0, timescale: 0, samples: [] };
  file.onError = (_module, message) => { throw new Error(message); };
  file.onReady = (info) => {
    const track = info.tracks[0];
    found.codec = track.codec;
    found.timescale = track.timescale;
    found.rate = track.audio.sample_rate;
    found.channels = track.audio.channel_count;
    found.tracks = info.tracks.length;
  };
  let at = 0;
  for (const data of [init, ...segments]) {
    const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
    file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(buffer, at));
    at += data.byteLength;
  }
  file.flush();
  const list = file.moov.traks[0].samples;
  let next = list[0]?.dts ?? 0;
  let gaps = 0;
  for (const one of list) {
    if (one.dts !== next) gaps += 1;
    next = one.dts + one.duration;
  }
  return { ...found, samples: list.length, first: list[0]?.dts, end: next, gaps };
}

function judge(folder) {
  const found = { playlists: {}, renditions: {} };
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".m3u8"))) {
    const said = HLS.parse(readFileSync(join(folder, name), "utf8"));
    found.playlists[name] = said.isMasterPlaylist ? said.variants.length : said.segments.length;
    if (said.isMasterPlaylist) continue;
    const map = said.segments[0].map;
    const init = piece(folder, map.uri, map.byterange);
    const parts = said.segments.map((one) => piece(folder, one.uri, one.byterange));
    found.renditions[name] = {
      ...measure(init, parts),
      seconds: said.segments.reduce((sum, one) => sum + one.duration, 0),
    };
  }
  return found;
}

const answers = {};
for (const folder of process.argv.slice(2)) {
  try {
    answers[folder] = judge(folder);
  } catch (bad) {
    answers[folder] = { error: String(bad?.stack ?? bad) };
  }
}
process.stdout.write(JSON.stringify(answers));
