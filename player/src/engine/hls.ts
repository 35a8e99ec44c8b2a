/** The lazy door to hls.js: its own chunk, fetched when something is about to play. */
export { default } from "hls.js/light";
