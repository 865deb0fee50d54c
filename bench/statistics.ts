// Medians and their spread over rounds: those of `fltlab bench`.
export { median, spread } from '../src/lab/bench/statistics.ts';
