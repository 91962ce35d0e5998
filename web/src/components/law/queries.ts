import { useQuery } from '@tanstack/react-query';
import type { LawText, Region } from '@/api';
import { serverNowUs } from '@/lib/clock';
import { listKinds, listLawTexts, listRegions } from '@/lib/server';
import { dateOf } from '@/lib/time';
import type { Kinds } from './words';

const FOREVER = Number.POSITIVE_INFINITY;

/** The installed texts: they change only with the program. */
export const useTexts = () => useQuery({ queryKey: ['law', 'texts'], queryFn: listLawTexts, staleTime: FOREVER });

/** Kinds of places and spots by their codes. */
export function useKinds(): Kinds {
  const found = useQuery({ queryKey: ['registry', 'kinds'], queryFn: listKinds, staleTime: FOREVER });
  return Object.fromEntries((found.data ?? []).map((kind) => [kind.code, kind]));
}

/** A division by its code; null for the whole country and for what is not known. */
export function useRegion(): (code: string) => Region | null {
  const found = useQuery({ queryKey: ['regions'], queryFn: listRegions, staleTime: FOREVER });
  return (code) => found.data?.find((one) => one.code === code) ?? null;
}

export const useText = (): ((code: string) => LawText | null) => {
  const texts = useTexts();
  return (code) => texts.data?.find((one) => one.code === code) ?? null;
};

/** Today in China, by the clock of the server. */
export const today = (): string => dateOf(serverNowUs());
