/** Where a person is: the address bar is the one place that knows, so that back, reload and a sent link work. */
import { useEffect, useState } from "preact/hooks";

const BASE = import.meta.env.BASE_URL.replace(/\/$/, "");
const MOVED = "paceline:moved";

export interface Place {
  path: string;
  query: URLSearchParams;
}

/** The address of a path of these pages. */
export function address(path: string, query?: URLSearchParams | Record<string, string>): string {
  const asked = new URLSearchParams(query).toString();
  return `${BASE}${path}${asked ? `?${asked}` : ""}`;
}

export function go(to: string, how: { replace?: boolean } = {}): void {
  if (how.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  dispatchEvent(new Event(MOVED));
}

function here(): Place {
  const path = location.pathname.slice(BASE.length) || "/";
  return { path: path === "/sessions" ? "/" : path, query: new URLSearchParams(location.search) };
}

/** Where we are, drawn anew when that changes. Links of ours are followed without loading the page anew. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const moved = () => setPlace(here());
    addEventListener("popstate", moved);
    addEventListener(MOVED, moved);
    addEventListener("click", followed);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener(MOVED, moved);
      removeEventListener("click", followed);
    };
  }, []);
  return place;
}

function followed(event: MouseEvent): void {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download")) return;
  const to = new URL(link.href, location.href);
  if (to.origin !== location.origin || !to.pathname.startsWith(BASE) || (to.hash && to.pathname === location.pathname))
    return;
  event.preventDefault();
  go(to.pathname + to.search);
}

/** The parts of a path that a pattern such as /sessions/:id names; null where it is another. */
export function matched(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return null;
  const parts: Record<string, string> = {};
  for (const [at, piece] of wanted.entries()) {
    const there = given[at] ?? "";
    if (piece.startsWith(":")) parts[piece.slice(1)] = decodeURIComponent(there);
    else if (piece !== there) return null;
  }
  return parts;
}
