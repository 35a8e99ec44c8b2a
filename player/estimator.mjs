/** The one file of hls.js that the player takes; the package does not export it by name. */
import { join } from "node:path";

const name = "hls.js/src/utils/ewma-bandwidth-estimator";
export const ESTIMATOR = { [name]: join(import.meta.dirname, "node_modules", `${name}.ts`) };
