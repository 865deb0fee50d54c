// What the host orders of the control thread, and what comes back. Plain data over a message port.

export type Order = { readonly id: number } & (
  | { readonly kind: 'load'; readonly image: number }
  | {
      readonly kind: 'unload';
      readonly image: number;
      readonly mandatory: boolean;
      readonly aimMs: number;
    }
  | { readonly kind: 'attach'; readonly image: number }
  | { readonly kind: 'detach'; readonly image: number }
  | {
      readonly kind: 'storm';
      readonly images: readonly number[];
      readonly everyMs: number;
      readonly forMs: number;
      /** Each detach waits so long for a bad moment instead of a fixed time; 0: it does not. */
      readonly aimMs: number;
    }
  | { readonly kind: 'census' }
  | { readonly kind: 'dismount' }
  | { readonly kind: 'shutdown' }
);

export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** The answer to load and unload. */
export interface LoadAnswer {
  readonly ok: boolean;
  readonly status: string;
  /** An unload that aimed came while something of the filter was under way. */
  readonly hit?: boolean;
}

/** The answer to a storm. */
export interface StormCounts {
  attached: number;
  detached: number;
  /** Filters that were detached while something of theirs was under way, where that was the aim. */
  hits: number;
}
