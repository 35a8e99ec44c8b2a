declare module "hls.js/src/utils/ewma-bandwidth-estimator" {
  /** Bandwidth by two exponential averages; the lower one counts. Half-lives in seconds. */
  export default class EwmaBandWidthEstimator {
    constructor(slow: number, fast: number, firstEstimate: number);
    sample(milliseconds: number, bytes: number): void;
    getEstimate(): number;
  }
}
