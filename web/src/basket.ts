/** The efforts that somebody put aside to compare; they stay until the browser's tab is closed. */
export interface Chosen {
  session: string;
  start: string;
  end: string;
  name: string;
}

const KEY = "paceline:compare";
export const MOST = 10;

export function chosen(): Chosen[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Chosen[]).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function choose(efforts: Chosen[]): void {
  sessionStorage.setItem(KEY, JSON.stringify(efforts.slice(0, MOST)));
}

export const same = (one: Chosen, other: Chosen): boolean =>
  one.session === other.session && one.start === other.start && one.end === other.end;
