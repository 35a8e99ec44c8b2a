/** The Lucide icons (ISC) that the pages use; the build copies these and no others. */
export const ICONS = [
  "house", "search", "disc-3", "log-in", "log-out", "settings", "sun", "moon", "sun-moon",
  "keyboard", "play", "pause", "skip-back", "skip-forward", "shuffle", "repeat", "repeat-1",
  "list-music", "volume-2", "volume-1", "volume-x", "maximize-2", "chevron-down", "chevron-right",
  "x", "ellipsis", "lock", "check", "circle-check", "circle-alert", "circle-x", "triangle-alert",
  "clock", "calendar-clock", "circle-dashed", "loader-circle", "inbox", "library", "folder",
  "folder-up", "file-code", "image", "file-headphone", "wrench", "copy", "refresh-cw", "terminal",
  "server", "audio-waveform", "list-plus", "list-start", "corner-down-left", "music",
  "circle-user-round", "wifi-off", "building-2", "hand", "circle-minus", "eye-off", "cpu",
  "arrow-up", "arrow-down", "unfold-vertical", "history", "mic-vocal", "info", "headphones",
  "chart-column", "file-chart-column", "coins", "folder-input", "shield",
];
