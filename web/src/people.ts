/** Names behind pseudonyms, for those who may know them; each is asked for once, and leaves its mark in the audit. */
import { useEffect, useState } from "preact/hooks";
import { all, get } from "./api/client";
import type { Person } from "./api/types";
import { type Asked, useAsked } from "./parts/loaded";
import { useMay, useVisit } from "./visit";

const known = new Map<string, Promise<string>>();

/** As short as still tells people apart. */
export const short = (athlete: string): string => `${athlete.slice(0, 6)}…`;

function nameOf(athlete: string): Promise<string> {
  const asked =
    known.get(athlete) ??
    get<Person>(`/v1/athletes/${athlete}`).then(
      (person) => person.name,
      () => short(athlete),
    );
  known.set(athlete, asked);
  return asked;
}

/** A name was changed, or somebody is gone. */
export const forgetName = (athlete: string): boolean => known.delete(athlete);

export function useNames(athletes: readonly string[]): (athlete: string) => string {
  const may = useMay("read person");
  const [names, setNames] = useState<Record<string, string>>({});
  const wanted = [...new Set(athletes)].sort().join(" ");
  useEffect(() => {
    let here = true;
    if (may && wanted)
      for (const athlete of wanted.split(" "))
        void nameOf(athlete).then((name) => here && setNames((before) => ({ ...before, [athlete]: name })));
    return () => {
      here = false;
    };
  }, [wanted, may]);
  return (athlete) => names[athlete] ?? short(athlete);
}

/** The athletes that one may choose from: oneself, or all of the list. */
export function useAthletes(): Asked<string[]> {
  const visit = useVisit();
  return useAsked(
    async (stop) => {
      if (!visit.may.includes("read list")) return visit.athlete ? [visit.athlete] : [];
      const pages = await all<{ athletes: string[]; next: string | null }>("/v1/athletes", { limit: 200 }, stop);
      return pages.flatMap((page) => page.athletes);
    },
    [visit.athlete],
  );
}
