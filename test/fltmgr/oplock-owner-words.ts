// Words that the owner of oplocks shares with the application that tests it: the oplock itself, so
// that the application can look at it, and what the owner counted.
import { HOST_BUFFERS } from '../../src/mem/memory-map.ts';

const base = HOST_BUFFERS.start - (1 << 16);

export const OWNER = {
  /** The OPLOCK variable. */
  oplock: base,
  /** Operations that were parked, those that went on, and those of them that were cancelled. */
  parked: base + 64,
  resumed: base + 128,
  cancelled: base + 192,
  /** Waits that were over before the check had returned. */
  early: base + 256,
  /** Checks that slept and ended with FLT_PREOP_COMPLETE. */
  refused: base + 320,
  /** Creates that had promised to ask for an oplock, and failed. */
  backedOut: base + 384,
  /** Whether the filter keeps its resource while it sleeps (oplock-hold.ts). */
  holds: base + 448,
  /** Somebody holds an oplock. */
  ready: base + 512,
} as const;
