// What the host orders of the control thread, and what comes back. Plain data over a message port.

export type Order = { readonly id: number } & (
  | { readonly kind: 'load'; readonly image: number }
  | { readonly kind: 'unload'; readonly image: number; readonly mandatory: boolean }
  | { readonly kind: 'attach'; readonly image: number }
  | { readonly kind: 'detach'; readonly image: number }
  | {
      readonly kind: 'storm';
      readonly images: readonly number[];
      readonly everyMs: number;
      readonly forMs: number;
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
}

/** The answer to a storm. */
export interface StormCounts {
  attached: number;
  detached: number;
}
