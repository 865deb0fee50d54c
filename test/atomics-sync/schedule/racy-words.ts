// A scenario with a bug and its fixed twin: what the command line is tried on.
export { lostUpdate, updated } from './words.ts';
