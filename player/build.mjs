/** Builds the browser files into static/: hashed names, and manifest.json from logical to hashed. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { ESTIMATOR } from "./estimator.mjs";
import { ICONS } from "./icons.mjs";

process.chdir(import.meta.dirname);
const fresh = `static.${process.pid}.new`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 10);

/** One sprite of the icons that the pages name; each keeps Lucide's own drawing. */
function sprite() {
  const symbols = ICONS.map((name) => {
    const svg = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s+/g, " ").trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
}

const manifest = {};
function put(name, text) {
  const at = name.lastIndexOf(".");
  manifest[name] = `${name.slice(0, at)}-${hash(text)}${name.slice(at)}`;
  writeFileSync(join(fresh, manifest[name]), text);
}

put("icons.svg", sprite());
put("favicon.svg", readFileSync("src/favicon.svg", "utf8"));

const result = await build({
  entryPoints: { app: "src/main.ts", console: "src/console.ts", style: "src/styles/style.css" },
  outdir: fresh,
  bundle: true,
  alias: ESTIMATOR,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  minify: true,
  sourcemap: process.argv.includes("--maps") ? "linked" : false,
  metafile: true,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "none",
  logLevel: "warning",
});

for (const [path, output] of Object.entries(result.metafile.outputs)) {
  const file = basename(path);
  if (file.endsWith(".map")) continue;
  if (output.entryPoint) {
    const logical = { "src/main.ts": "app.js", "src/console.ts": "console.js" };
    manifest[logical[output.entryPoint] ?? "style.css"] = file;
  } else if (file.endsWith(".woff2")) {
    manifest[file.replace(/-[A-Z0-9]{8}\.woff2$/, ".woff2")] = file;
  }
}

const sorted = Object.fromEntries(Object.entries(manifest).sort());
writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
rmSync("static", { recursive: true, force: true });
renameSync(fresh, "static");
const bytes = Object.values(result.metafile.outputs).reduce((sum, one) => sum + one.bytes, 0);
console.log(`player: ${Object.keys(sorted).length} files, ${Math.round(bytes / 1024)} kB in static/`);
