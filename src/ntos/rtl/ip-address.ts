// IPv4 and IPv6 addresses as text: what minispy prints of a request that came over the network.
// IRQL: any when the buffers are resident. Addresses and ports are in network byte order.
import { i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../status-codes.ts';
import { writeBytes } from './c-string.ts';
import { writeUtf16 } from './unicode-string.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u8 = bytes;

function portOf(Port: number): number {
  return ((Port & 0xff) << 8) | ((Port >>> 8) & 0xff);
}

function ipv4Text(Address: number): string {
  return [0, 1, 2, 3].map((i) => u8[Address + i]).join('.');
}

/** The longest run of zero groups, at least two: it is written as "::" (RFC 5952). */
function longestRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > best.length) best = { start: i, length: end - i };
  }
  return best;
}

function ipv6Text(Address: number): string {
  const groups = Array.from({ length: 8 },
    (_, i) => (u8[Address + 2 * i]! << 8) | u8[Address + 2 * i + 1]!);
  const mapped = groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${ipv4Text(Address + 12)}`;
  const { start, length } = longestRun(groups);
  const hex = groups.map((g) => g.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

type Write = (at: number, text: string) => number;

function give(text: string, to: number, length: OutPtr, write: Write): NTSTATUS {
  if (to === 0 || length === 0) return STATUS_INVALID_PARAMETER;
  const room = i32[length >> 2]!;
  i32[length >> 2] = text.length + 1;
  if (room < text.length + 1) return STATUS_INVALID_PARAMETER;
  write(to, `${text}\0`);
  return STATUS_SUCCESS;
}

function withPort4(Address: number, Port: number): string {
  return Port === 0 ? ipv4Text(Address) : `${ipv4Text(Address)}:${portOf(Port)}`;
}

function withPort6(Address: number, ScopeId: number, Port: number): string {
  const scoped = ScopeId === 0 ? ipv6Text(Address) : `${ipv6Text(Address)}%${ScopeId >>> 0}`;
  return Port === 0 ? scoped : `[${scoped}]:${portOf(Port)}`;
}

/**
 * Writes "a.b.c.d" or "a.b.c.d:port" as bytes, terminated.
 *
 * @param Address of an IN_ADDR. @param Port 0 for none.
 * @param AddressStringLength in: room in characters; out: characters written with the NUL.
 * @returns STATUS_INVALID_PARAMETER when there is not enough room; the length needed is told.
 */
export function RtlIpv4AddressToStringExA(
  Address: number, Port: number, AddressString: number, AddressStringLength: OutPtr,
): NTSTATUS {
  return give(withPort4(Address, Port), AddressString, AddressStringLength, writeBytes);
}

/** RtlIpv4AddressToStringExA in UTF-16. */
export function RtlIpv4AddressToStringExW(
  Address: number, Port: number, AddressString: number, AddressStringLength: OutPtr,
): NTSTATUS {
  return give(withPort4(Address, Port), AddressString, AddressStringLength, writeUtf16);
}

/** Writes an IN6_ADDR as bytes: "::1", "fe80::1%2", "[::1]:445"; otherwise as the IPv4 form. */
export function RtlIpv6AddressToStringExA(
  Address: number, ScopeId: number, Port: number, AddressString: number,
  AddressStringLength: OutPtr,
): NTSTATUS {
  return give(withPort6(Address, ScopeId, Port), AddressString, AddressStringLength, writeBytes);
}

/** RtlIpv6AddressToStringExA in UTF-16. */
export function RtlIpv6AddressToStringExW(
  Address: number, ScopeId: number, Port: number, AddressString: number,
  AddressStringLength: OutPtr,
): NTSTATUS {
  return give(withPort6(Address, ScopeId, Port), AddressString, AddressStringLength, writeUtf16);
}
