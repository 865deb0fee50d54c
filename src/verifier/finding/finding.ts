// What the verifier found: plain data, in one form from the rule that saw it to every report.
// Written as JSON into the machine's memory (finding-log.ts), read by the host.

/** A stack with what it shows. */
export interface TitledStack {
  readonly title: string;
  readonly frames: readonly string[];
}

/** A lock that a thread holds. */
export interface LockEvidence {
  readonly kind: string;
  readonly address: number;
  readonly shared: boolean;
  /** Where it was acquired, innermost frame first; may be unknown. */
  readonly stack: readonly string[];
}

/** A thread at the time of the finding. */
export interface ThreadEvidence {
  readonly processor: number;
  readonly role: string;
  readonly irql: number;
  readonly state: string;
  /** The driver routine that it runs; empty outside of drivers. */
  readonly routine: string;
  readonly waitsFor?: string;
  readonly locks: readonly LockEvidence[];
}

export interface Finding {
  readonly rule: string;
  /** One line, without addresses that change from run to run where it can be helped. */
  readonly cause: string;
  /** `break` ended the machine, `report` let it go on, `ignore` is suppressed. */
  readonly reaction: 'break' | 'report' | 'ignore';
  /** The driver whose fault it is; empty for the kernel. */
  readonly filter: string;
  readonly code: number;
  readonly codeName: string;
  readonly parameters: readonly number[];
  readonly source: string;
  readonly advice: string;
  /** The thread that was caught. */
  readonly processor: number;
  readonly stacks: readonly TitledStack[];
  readonly threads: readonly ThreadEvidence[];
  /** What happened to the operation, or in the threads, before; oldest first. */
  readonly history: readonly string[];
  /** The same in every run for the same fault at the same place. */
  readonly fingerprint: string;
}
