/** Who is here, for the parts of a page that depend on it. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Visit } from "./api/types";

export const Here = createContext<Visit>({ organisation: "", role: "", athlete: null, may: [] });
export const useVisit = (): Visit => useContext(Here);
export const useMay = (action: string): boolean => useVisit().may.includes(action);
