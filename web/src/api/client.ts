/** Asking the server: one answer or one Problem, never something half of each. */
import { texts } from "../texts";
import type { Received } from "./types";

/** Why something could not be done, in the server's own words (RFC 9457) where it has some. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail || title);
  }
}

type Query = Record<string, string | number | string[] | undefined>;
export type Stop = AbortSignal | undefined;

export const get = <T>(path: string, query?: Query, stop?: Stop): Promise<T> => asked<T>("GET", path, { query, stop });
export const send = <T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> =>
  asked<T>(method, path, { body });

/** All pages of a list; `most` of them at most. */
export async function all<P extends { next?: string | null }>(path: string, query: Query, stop?: Stop, most = 50) {
  const pages: P[] = [];
  let after: string | null | undefined;
  do {
    const page: P = await get<P>(path, { ...query, ...(after ? { after } : {}) }, stop);
    pages.push(page);
    after = page.next;
  } while (after && pages.length < most);
  return pages;
}

export function url(path: string, query: Query = {}): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) asked.append(name, String(one));
  return asked.size ? `${path}?${asked}` : path;
}

interface Asked {
  query?: Query | undefined;
  body?: unknown;
  stop?: Stop;
}

async function asked<T>(method: string, path: string, { query, body, stop }: Asked): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url(path, query), {
      method,
      signal: stop ?? null,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
  } catch (error) {
    if (stop?.aborted) throw error;
    throw new Problem(0, texts.problem.offline, texts.problem.offlineDetail);
  }
  const text = await answer.text();
  if (!answer.ok) throw problemOf(answer.status, text);
  return (text ? JSON.parse(text) : null) as T;
}

function problemOf(status: number, text: string): Problem {
  try {
    const told = JSON.parse(text) as { title?: string; detail?: string };
    return new Problem(status, told.title ?? texts.problem.unknown, told.detail ?? "");
  } catch {
    return new Problem(status, texts.problem.unknown, `${status}`);
  }
}

/** Hand a file in; `fetch` can't tell how much of it has gone out, an XMLHttpRequest can. */
export function upload(athlete: string, file: File, told: (share: number) => void): Promise<Received> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", url(`/v1/athletes/${athlete}/recordings`, { name: fileName(file.name) }));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => told(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => failed(new Problem(0, texts.problem.offline, texts.problem.offlineDetail));
    request.onload = () => {
      if (request.status < 300) done(JSON.parse(request.responseText) as Received);
      else failed(problemOf(request.status, request.responseText));
    };
    request.send(file);
  });
}

/** A name as the server takes it: 60 characters, no path, no leading dot. */
function fileName(name: string): string {
  const plain = name.replace(/[/\\\u0000-\u001f\u007f]/g, "_").slice(-60);
  return plain.replace(/^\.+/, "") || "recording";
}
