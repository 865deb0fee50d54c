// System services for keys: create, open, delete, enumerate, query. PASSIVE_LEVEL. Each takes the
// mode of its caller last: rights of a handle are checked for applications only, as on Windows.
import { i32 as words } from '../../mem/memory.ts';
import { ObDereferenceObject } from '../ob/object.ts';
import { checkIrql } from '../rtl/services.ts';
import { OBJECT_ATTRIBUTES } from '../rtl/types.ts';
import { readUnicode } from '../rtl/unicode-string.ts';
import { STATUS_CANNOT_DELETE, STATUS_CHILD_MUST_BE_VOLATILE, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER, STATUS_NO_MORE_ENTRIES, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS }
  from '../status-codes.ts';
import { KEY_ENUMERATE_SUB_KEYS, KEY_QUERY_VALUE, KeyNameInformation, REG_CREATED_NEW_KEY,
  REG_OPENED_EXISTING_KEY, REG_OPTION_CREATE_LINK, REG_OPTION_OPEN_LINK, REG_OPTION_VOLATILE }
  from './constants.ts';
import { NO_NODE, deleteNode, hasSubKeys, makeNode, subKeys } from './node.ts';
import { bindBody, handOut, locked, makeBody, onKey, rootOf, walk } from './key-object.ts';
import { describeKey } from './key-information.ts';
import { CM_KEY_NODE, NODE_ROOT, NODE_VOLATILE } from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { Found } from './key-object.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { PCM_KEY_NODE } from './types.ts';

const i32 = words;
const { ObjectName, RootDirectory, Attributes } = OBJECT_ATTRIBUTES.bound;
const { Flags } = CM_KEY_NODE.bound;
const PASSIVE_LEVEL = 0;
const DELETE = 0x0001_0000;
type POA = Parameters<typeof ObjectName>[0];

/** What an open is for; `reach` turns what the path leads to into the key. The lock is held. */
interface Open {
  readonly handleOut: number;
  readonly access: number;
  readonly attributes: number;
  readonly openLink: boolean;
  readonly mode: number;
  reach(found: Found): PCM_KEY_NODE | NTSTATUS;
}

function open(request: Open): NTSTATUS {
  const attributes = request.attributes as POA;
  i32[request.handleOut >> 2] = 0;
  const root = rootOf(RootDirectory(attributes), request.mode);
  if (typeof root === 'number') return root;
  const body = makeBody();
  let status: NTSTATUS = STATUS_INSUFFICIENT_RESOURCES;
  if (body !== 0) {
    status = locked(() => {
      const found = walk(root.node, readUnicode(ObjectName(attributes)), request.openLink);
      const node = typeof found === 'number' ? found : request.reach(found);
      if (node <= 0) return node as NTSTATUS;
      bindBody(body, node as PCM_KEY_NODE);
      return STATUS_SUCCESS;
    });
    const { access, handleOut } = request;
    status = handOut(body, status, access, Attributes(attributes), handleOut);
  }
  if (root.body !== 0) ObDereferenceObject(root.body);
  return status;
}

/** Opens a key: ZwOpenKey and ZwOpenKeyEx. */
export function CmOpenKey(
  KeyHandle: OutPtr, DesiredAccess: number, ObjectAttributes: number, OpenOptions: number,
  mode: number,
): NTSTATUS {
  checkIrql('ZwOpenKey', PASSIVE_LEVEL);
  return open({
    handleOut: KeyHandle, access: DesiredAccess, attributes: ObjectAttributes, mode,
    openLink: (OpenOptions & REG_OPTION_OPEN_LINK) !== 0,
    reach: ({ node, missing }) => (missing.length === 0 ? node : STATUS_OBJECT_NAME_NOT_FOUND),
  });
}

/** Opens a key or makes it; only the last name of the path may be missing: ZwCreateKey. */
export function CmCreateKey(
  KeyHandle: OutPtr, DesiredAccess: number, ObjectAttributes: number, Class: number,
  CreateOptions: number, Disposition: OutPtr, mode: number,
): NTSTATUS {
  checkIrql('ZwCreateKey', PASSIVE_LEVEL);
  if (CreateOptions & REG_OPTION_CREATE_LINK) return STATUS_INVALID_PARAMETER;
  let disposition = REG_OPENED_EXISTING_KEY;
  const status = open({
    handleOut: KeyHandle, access: DesiredAccess, attributes: ObjectAttributes, mode,
    openLink: (CreateOptions & REG_OPTION_OPEN_LINK) !== 0,
    reach({ node, missing }) {
      const [name] = missing;
      if (name === undefined) return node;
      if (missing.length > 1) return STATUS_OBJECT_NAME_NOT_FOUND;
      if (Flags(node) & NODE_ROOT) return STATUS_INVALID_PARAMETER;
      const isVolatile = (CreateOptions & REG_OPTION_VOLATILE) !== 0;
      if (!isVolatile && Flags(node) & NODE_VOLATILE) return STATUS_CHILD_MUST_BE_VOLATILE;
      disposition = REG_CREATED_NEW_KEY;
      const flags = isVolatile ? NODE_VOLATILE : 0;
      const made = makeNode(node, name, readUnicode(Class), flags);
      return made === NO_NODE ? STATUS_INSUFFICIENT_RESOURCES : made;
    },
  });
  if (Disposition !== 0 && status === STATUS_SUCCESS) i32[Disposition >> 2] = disposition;
  return status;
}

/** Deletes a key: ZwDeleteKey. The handle stays open, and answers STATUS_KEY_DELETED. */
export function CmDeleteKey(KeyHandle: number, mode: number): NTSTATUS {
  checkIrql('ZwDeleteKey', PASSIVE_LEVEL);
  return onKey(KeyHandle, DELETE, mode, (node) => {
    if (hasSubKeys(node) || Flags(node) & NODE_ROOT) return STATUS_CANNOT_DELETE;
    deleteNode(node);
    return STATUS_SUCCESS;
  });
}

/** Describes the subkey of an index: ZwEnumerateKey. */
export function CmEnumerateKey(
  KeyHandle: number, Index: number, KeyInformationClass: number, KeyInformation: OutPtr,
  Length: number, ResultLength: OutPtr, mode: number,
): NTSTATUS {
  checkIrql('ZwEnumerateKey', PASSIVE_LEVEL);
  if (KeyInformationClass === KeyNameInformation) return STATUS_INVALID_PARAMETER;
  return onKey(KeyHandle, KEY_ENUMERATE_SUB_KEYS, mode, (node) => {
    const child = subKeys(node)[Index >>> 0];
    if (child === undefined) return STATUS_NO_MORE_ENTRIES;
    return describeKey(child, KeyInformationClass, KeyInformation, Length, ResultLength);
  });
}

/** Describes a key: ZwQueryKey. */
export function CmQueryKey(
  KeyHandle: number, KeyInformationClass: number, KeyInformation: OutPtr, Length: number,
  ResultLength: OutPtr, mode: number,
): NTSTATUS {
  checkIrql('ZwQueryKey', PASSIVE_LEVEL);
  const access = KeyInformationClass === KeyNameInformation ? 0 : KEY_QUERY_VALUE;
  return onKey(KeyHandle, access, mode,
    (node) => describeKey(node, KeyInformationClass, KeyInformation, Length, ResultLength));
}

/** Writes a key to disk: there is none, so that it only checks the handle: ZwFlushKey. */
export function CmFlushKey(KeyHandle: number, mode: number): NTSTATUS {
  checkIrql('ZwFlushKey', PASSIVE_LEVEL);
  return onKey(KeyHandle, 0, mode, () => STATUS_SUCCESS);
}
