// Words that the driver of the missing wait routine shares with its applications.
import { HOST_BUFFERS } from '../../src/mem/memory-map.ts';

const base = HOST_BUFFERS.start - (1 << 16);

export const NULL_WAIT = {
  /** The OPLOCK variable. */
  oplock: base,
  /** How many times an oplock was granted, and how many breaks were written into. */
  granted: base + 64,
  written: base + 128,
  /** The check has returned. */
  returned: base + 192,
} as const;
