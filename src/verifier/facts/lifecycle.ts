// Facts: filters, altitudes, attaching, teardown.
import type { Area } from './area.ts';

export const lifecycle: readonly Area[] = [
  { id: 'LC', title: 'Filters and their lives', pages: 'ifs: filter-manager-concepts, ' +
    'registering-the-minifilter-driver, loading-and-unloading; fltkernel: _flt_registration, ' +
    'fltregisterfilter, fltstartfiltering, fltunregisterfilter',
  facts: [
    'There are filters, volumes, instances (a filter on a volume at an altitude), frames and ' +
      'ports; a volume has at most one instance per altitude, but may have several of one filter.',
    'Pre-operation callbacks run from the highest altitude down, then the file system, then ' +
      'post-operation callbacks from the lowest up; only filters that registered the major see it.',
    'A filter may register either callback of a major alone, one of each per major, and each ' +
      'major has an entry of its own.',
    'Frames exist for legacy filters; a minifilter cannot be put between two of them unless a ' +
      'frame is there.',
    'Filters, volumes and instances are rundown-protected: a reference is refused with ' +
      'STATUS_FLT_DELETING_OBJECT once their teardown has begun.',
    'A routine that hands out a filter, volume or instance adds a reference, which the caller ' +
      'drops.',
    'An operation that a flag skips reaches neither callback of that filter; other filters are ' +
      'not affected.',
    'IRP_MJ_POWER and IRP_MJ_DEVICE_CHANGE cannot be registered, nor a post-operation callback ' +
      'for IRP_MJ_SHUTDOWN.',
    'A major that is never sent may be registered; its callback is just never called.',
    'DriverEntry prepares itself, registers the filter, starts filtering and returns a status.',
    'Registering fails for a wrong version, for a bad name provider, without memory, before the ' +
      'Filter Manager is ready, and without service key or instance in the registry.',
    'Filtering starts once; setup calls and operations may arrive before the call returns, and ' +
      'after a failure the driver unregisters.',
    'Volumes that exist are offered when filtering starts, later ones at the first operation ' +
      'after the mount.',
    'When DriverEntry fails the image goes without a call of the unload callback.',
    'Unregistering tears every instance down, deletes all contexts, and waits while references ' +
      'on the filter remain: a forgotten one hangs the unload.',
    'A filter registers and unregisters itself only.',
    'The unload callback closes the server port, unregisters, cleans up, and returns success.',
    'Loading and unloading another filter have statuses of their own; a filter cannot unload ' +
      'itself this way.',
    'A filter is not unloaded while I/O that it initiated is outstanding.',
  ] },
  { id: 'ALT', title: 'Altitudes', pages: 'ifs: load-order-groups-and-altitudes-for-minifilter-' +
    'drivers; fltkernel: fltcompareinstancealtitudes',
  facts: [
    'An altitude is a decimal number of any precision in a string, compared as a number: never ' +
      'as text and never as a float.',
    'Higher means further from the file system: first before the operation, last after it.',
    'Two instances of one volume are compared to negative, zero or positive; instances of ' +
      'different volumes are equal.',
    'A vendor extends an assigned whole altitude by a fraction.',
    'Start type and load order group order the loading only; the place in the stack is the ' +
      'altitude\'s alone.',
  ] },
  { id: 'ATT', title: 'Attaching', pages: 'fltkernel: fltattachvolume, ' +
    'fltattachvolumeataltitude, ' +
    'pflt_instance_setup_callback',
  facts: [
    'Attaching without a name uses the default instance of the registry; a taken altitude or ' +
      'name, a filter that has not started and a dying object each have a status.',
    'Attaching at a chosen altitude is for debugging: a taken one has a status of its own, and ' +
      'without a name one is made of filter and altitude.',
    'Instance names are unique in the system and name definitions in the service key.',
    'An instance that is attached during an operation takes no part in it.',
  ] },
  { id: 'TD', title: 'Detaching and teardown', pages: 'fltkernel: ' +
    'pflt_instance_teardown_callback, ' +
    'pflt_instance_query_teardown_callback, fltdetachvolume; ifs: modifying-parameters',
  facts: [
    'Teardown: a query by hand only, the start callback, no new operations, running callbacks ' +
      'end, waiting ones are drained or cancelled, own I/O ends, the complete callback, contexts ' +
      'go, the instance is freed with its last reference.',
    'In the start callback the filter completes everything it pended and pends nothing new.',
    'After the start callback no new operation reaches the instance; begun ones still may.',
    'Draining calls a waiting post-operation callback early, with the draining flag and a copy ' +
      'of the callback data, at APC_LEVEL or below in any thread.',
    'The complete callback waits for pended and initiated operations, not for references on the ' +
      'instance.',
    'An operation whose buffers the filter swapped is cancelled and awaited, never drained.',
    'The complete callback closes the files that the filter has open.',
    'Detaching without a name takes the highest instance; an unknown one and a dying one have ' +
      'statuses.',
    'Pairs of operations may be cut by a teardown: the first half is seen without the second.',
    'While an instance is torn down, posting, status callbacks and setting or deleting contexts ' +
      'answer STATUS_FLT_DELETING_OBJECT.',
  ] },
];
