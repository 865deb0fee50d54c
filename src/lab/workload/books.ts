// The books about what came back: a status that nobody accounts for and content that is not what
// was written are counted, and the first few told in words.
import { STATUS_CANCELLED, STATUS_DATA_ERROR, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_IO_DEVICE_ERROR } from '../../ntos/status-codes.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import type { ContentCounts } from './generator/data.ts';
import type { NTSTATUS } from '../../ntos/status.ts';

/** Examples told of each kind of fault. */
const MAX_EXAMPLES = 5;

/** What an application sees of the faults that a machine injects. */
export const faultStatuses: readonly NTSTATUS[] =
  [STATUS_INSUFFICIENT_RESOURCES, STATUS_IO_DEVICE_ERROR, STATUS_DATA_ERROR, STATUS_CANCELLED];

export class Books {
  readonly expected: Record<string, number> = {};
  readonly unexpected = { count: 0, examples: [] as string[] };
  readonly content: ContentCounts = { readsChecked: 0, bytesChecked: 0, errors: 0, examples: [] };
  /** Requests may fail by injected faults: then nothing that was done need have been done. */
  readonly hasFaults: boolean;

  constructor(hasFaults: boolean) {
    this.hasFaults = hasFaults;
  }

  /** Whether a status may be the doing of an injected fault. */
  isFault(status: NTSTATUS): boolean {
    return this.hasFaults && faultStatuses.includes(status);
  }

  /** Books a status; whether it is a success. @param belongs whether it is accounted for. */
  book(what: string, status: NTSTATUS, belongs: boolean): boolean {
    if (status === 0) return true;
    const name = statusName(status);
    if (belongs) this.expected[name] = (this.expected[name] ?? 0) + 1;
    else this.surprise(`${what}: ${name}`);
    return NT_SUCCESS(status);
  }

  /** Books something that must not happen. */
  surprise(text: string): void {
    this.unexpected.count++;
    if (this.unexpected.examples.length < MAX_EXAMPLES) this.unexpected.examples.push(text);
  }

  /** Books content that is not what was written. */
  wrongContent(text: string): void {
    this.content.errors++;
    if (this.content.examples.length < MAX_EXAMPLES) this.content.examples.push(text);
  }
}
