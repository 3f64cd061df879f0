/** What the server tells, as its reference describes it (docs/reference/http.md). */

export interface Visit {
  organisation: string;
  role: string;
  athlete: string | null;
  may: string[];
}
export interface Session {
  session: string;
  athlete: string;
  state: "running" | "ended" | "abandoned";
  start: string | null;
  end: string | null;
  sport: string;
  live: boolean;
  plan: string | null;
  feedback: number | null;
  flow_version: string | null;
}
export interface SessionDetails extends Session {
  reason: string;
  context: Record<string, string>;
  packets_lost: number;
}
export interface SessionPage {
  sessions: Session[];
  next: string | null;
}
export interface Effort {
  number: number;
  effort: string;
  origin: string | null;
  start: string | null;
  end: string | null;
  sport: string | null;
}
export interface Source {
  quantity: string;
  name: string;
  readings: number;
  unused: number;
}
export interface Metric {
  session: string;
  start: string | null;
  number: number;
  effort: string;
  metric: string;
  value: number | null;
  detail: unknown;
  unit: string | null;
  reason: string | null;
  sources: Source[] | null;
  used: number | null;
  problems: string[] | null;
}
export interface MetricPage {
  metrics: Metric[];
  next?: string | null;
}
export interface Definition {
  name: string;
  label: string;
  known_as: string[];
  unit: string;
  group: string;
  headline: boolean;
  summary: string;
  definition: string;
  needs: string[];
  uses: string[];
}
export interface Catalogue {
  metrics: Definition[];
  channels: { name: string; unit: string; meaning: string }[];
}
export interface Stream {
  stream: string;
  recording: string;
  part: number;
  channels: string[];
  samples: number;
  start: string;
  end: string;
}
export interface Series {
  stream: string;
  recording: string;
  part: number;
  channel: string;
  unit: string;
  start: string;
  t_ns: number[];
  values: (number | null)[];
  breaks: number[];
  of: number;
}
export interface Doubt {
  stream: string;
  recording: string;
  part: number;
  channel: string;
  flag: string;
  start: string;
  end: string;
  readings: number;
}
export interface Mark {
  id: string;
  start: string;
  end: string;
  name: string;
  kind: string;
}
export interface Annotations {
  notes: { id: string; text: string }[];
  marks: Mark[];
  labels: { id: string; start: string; end: string; exercise: string; values: Record<string, number> }[];
}
export interface Recording {
  sha256: string;
  name: string;
  size: number;
  format: string;
}
export interface Received {
  became: "new" | "known" | "nothing";
  sessions: string[];
  joined: boolean;
}
export interface Person {
  athlete: string;
  name: string;
  changing_pseudonyms: boolean;
  since: string;
}
export interface Consent {
  purpose: string;
  given: boolean;
  at: string;
}
export interface Token {
  id: string;
  role: string;
  athlete: string | null;
  scopes: string[];
  issued: string;
  expires: string | null;
  revoked: string | null;
}
export interface Model {
  id: string;
  name: string;
  sha256: string;
  data_version: number;
  commit: string;
  lock: string;
  scores: Record<string, number>;
  state: string;
}
export interface Comparison {
  by: "distance" | "time" | "lap";
  unit: string;
  edges: number[];
  efforts: {
    name: string;
    times_s: (number | null)[];
    time_lost_s: (number | null)[];
    distance_gained_m: (number | null)[];
    traces: Record<string, (number | null)[]>;
  }[];
  metrics: Record<string, { unit: string; values: (number | null)[]; why: (string | null)[]; mean: number | null }>;
  missing: string[];
  mismatches: { kind: string; efforts: string[]; message: string }[];
}
