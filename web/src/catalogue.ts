/** What each metric and channel means; asked for once. */
import { get } from "./api/client";
import type { Catalogue, Definition } from "./api/types";
import { type Asked, useAsked } from "./parts/loaded";

let asked: Promise<Catalogue> | null = null;

export function useCatalogue(): Asked<Catalogue> {
  return useAsked(() => {
    asked ??= get<Catalogue>("/v1/catalogue").catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return asked;
  }, []);
}

export const byName = (catalogue: Catalogue | undefined): Map<string, Definition> =>
  new Map(catalogue?.metrics.map((one) => [one.name, one]));

/** A name that is none of the catalogue's, as people read it. */
export const plain = (name: string): string => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ");
