// The host's API: boot a machine, run workloads on it, read what they came to. An explicit list;
// drivers import fltlab/fltKernel instead, and whoever only wants to wait and agree between threads
// fltlab/atomics-sync.
//
//   const plan = await planTrace('procmon.csv', { order: 'recorded', requestors: 2 });
//   const report = await runSession({ ...plan, images, settings }, { progress, stop, ... });
//
// or by hand: Machine.boot, load, run, census, unload, shutdown.

// A machine, and what it is made of.
export { Machine, MachineCrash } from './machine/machine.ts';
export type { MachineOptions } from './machine/machine.ts';
export type { HostView, ThreadView } from './machine/host-view.ts';
export type { ConnectOptions, GetOptions, HostPort } from './machine/host-port.ts';
export { PortError } from './fltuser/port-message.ts';
export type { PortMessage } from './fltuser/port-message.ts';
export type { ThreadReport, VolumeSpec, WorkloadSpec } from './machine/assignment.ts';
export type { LoadAnswer, StormCounts } from './machine/orders.ts';
export type { Census, FilterCensus } from './machine/census.ts';
export type { CompletionPolicy } from './mem/boot-options.ts';
export type { DriverModule, ImageSpec } from './image/js-image.ts';

// Altitudes, as the Filter Manager compares them.
export { compareAltitudes, isAltitude, loadOrderGroup, loadOrderGroups }
  from './fltmgr/attach/altitude.ts';

// Recorded logs.
export { openTrace, readTrace } from './lab/trace/open-trace.ts';
export type { OpenTraceOptions, OpenedTrace, ReadTrace, TraceFormat }
  from './lab/trace/open-trace.ts';
export { TraceError } from './lab/trace/tally.ts';
export type { TraceProblem, TraceSummary } from './lab/trace/tally.ts';
export type { TraceEvent } from './lab/trace/event.ts';
export { infer } from './lab/trace/infer.ts';
export { buildProgram } from './lab/trace/program.ts';

// Workloads: what requestors do.
export { mergeResults, planReplay, planReplayOf } from './lab/workload/replay.ts';
export type { PlannedReplay, ReplayOptions, ReplayOrder, ReplayResult, ReplaySummary }
  from './lab/workload/replay.ts';
export { planGenerator } from './lab/workload/plan-generator.ts';
export type { GeneratorFigures, GeneratorOptions, GeneratorPlan }
  from './lab/workload/plan-generator.ts';
export { presets } from './lab/workload/presets.ts';
export type { Preset } from './lab/workload/presets.ts';

// Sessions: a workload on a machine from boot to shutdown, watched, always with a report.
export { runSession } from './lab/session/session.ts';
export type { SessionOptions, SessionPlan } from './lab/session/session.ts';
export { planTrace } from './lab/session/trace-plan.ts';
export { Stop } from './lab/session/stop.ts';
export { Progress } from './lab/report/progress.ts';
export { exitCodeOf } from './lab/report/run-report.ts';
export type { Finding, FindingKind, RunReport, RunSettings } from './lab/report/run-report.ts';
export { jsonReport } from './lab/report/json.ts';
export { textReport } from './lab/report/text.ts';

// Scenarios of machines for `fltlab hunt`; those over words are made with fltlab/atomics-sync.
export type { Application, HuntScenario } from './lab/hunt/machine/scenario.ts';
