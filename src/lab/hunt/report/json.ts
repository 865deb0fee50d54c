// A hunt as data: JSON for scripts, JUnit XML for CI, SARIF 2.1.0 with thread flows for code
// scanning.
import { actionOf } from '../action.ts';
import type { Finding } from '../hunt.ts';
import type { Reported } from './text.ts';

/** What scripts read. */
export function huntJson(all: readonly Reported[], version: string): string {
  const hunts = all.map(({ report, tokens }) => ({
    scenario: report.target.name, schedules: report.schedules,
    milliseconds: Math.round(report.milliseconds), classes: report.classes,
    residual: report.residual, exhausted: report.exhausted, proven: report.proven,
    findings: report.findings.map((finding, i) => ({
      signature: finding.signature, failure: finding.outcome.failure, text: finding.outcome.text,
      schedule: finding.schedule, milliseconds: Math.round(finding.milliseconds),
      preemptions: finding.outcome.preemptions, events: finding.outcome.steps,
      minimal: finding.minimal ?? null, replays: finding.replays, stacks: finding.stacks ?? null,
      ...tokens[i],
    })),
  }));
  return `${JSON.stringify({ format: 1, version, hunts }, null, 1)}\n`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    // What is no character of XML cannot be escaped either.
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '?').replaceAll('"', '&quot;');
}

/** One test case for each scenario; its findings are failures. */
export function huntJunit(all: readonly Reported[]): string {
  const failed = all.filter(({ report }) => report.findings.length > 0).length;
  const cases = all.map(({ report, tokens }) => {
    const head = `  <testcase classname="fltlab.hunt" name="${escape(report.target.name)}" ` +
      `time="${(report.milliseconds / 1000).toFixed(3)}"`;
    if (report.findings.length === 0) return `${head}/>`;
    const failures = report.findings.map((finding, i) =>
      `    <failure message="${escape(finding.signature)}">${escape(finding.outcome.text)}\n` +
      `${escape(tokens[i]?.command ?? '')}</failure>`);
    return `${head}>\n${failures.join('\n')}\n  </testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="fltlab hunt" ` +
    `tests="${all.length}" failures="${failed}">\n${cases.join('\n')}\n</testsuite>\n`;
}

/** Files and lines that a stack names, the first that has one. */
function placeOf(text: string): { uri: string; line: number } | undefined {
  const [, uri = '', line = '1'] = /\(([^():\s]+):(\d+)\)/.exec(text) ?? [];
  return uri === '' ? undefined : { uri, line: Number(line) };
}

function location(text: string, message: string): object {
  const place = placeOf(text);
  return {
    message: { text: message },
    ...(place && { physicalLocation: {
      artifactLocation: { uri: place.uri }, region: { startLine: place.line },
    } }),
  };
}

function threadFlows(finding: Finding, reported: Reported): object[] {
  const { target } = reported.report;
  const steps = finding.outcome.events.filter((event) => event.isStep);
  return target.threads.flatMap((name, thread) => {
    const locations = steps.flatMap((event, order) => (event.thread !== thread ? [] : [{
      executionOrder: order + 1,
      location: { message: { text: actionOf(event, reported.routines, finding.outcome.labels) } },
    }]));
    return locations.length === 0 ? [] : [{ id: name, locations }];
  });
}

/** SARIF 2.1.0: one result for each finding, with what each thread did and in which order. */
export function huntSarif(all: readonly Reported[], version: string): string {
  const results = all.flatMap((reported) => reported.report.findings.map((finding, i) => ({
    ruleId: finding.outcome.failure, level: 'error',
    message: { text: `${finding.outcome.text || finding.signature}\n` +
      `${reported.tokens[i]?.command ?? ''}` },
    locations: [location(finding.stacks?.[0] ?? finding.outcome.text, finding.signature)],
    ...(finding.stacks && { relatedLocations: finding.stacks.map((stack, n) =>
      ({ id: n, ...location(stack, n === 0 ? 'the first access' : 'the second access') })) }),
    codeFlows: [{ threadFlows: threadFlows(finding, reported) }],
    partialFingerprints: { signature: finding.signature },
  })));
  const rules = [...new Set(results.map((r) => r.ruleId))].map((id) => ({ id }));
  return `${JSON.stringify({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0',
    runs: [{ tool: { driver: { name: 'fltlab', version, rules } }, results }],
  }, null, 1)}\n`;
}
