import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { PersonRecord, PersonRequest } from '@/api';
import { usePages } from '@/lib/pages';
import { findPeople, listPrograms, readAdministration } from '@/lib/server';

export const PEOPLE_KEY = ['people'] as const;
export const ADMINISTRATION_KEY = ['administration'] as const;

export const PROGRAMS_KEY = ['programs'] as const;

/** People in the order in which they were added, as far as they are looked at; with words those that hold all of them. */
export const usePeoplePages = (words: string) =>
  usePages([...PEOPLE_KEY, 'pages', words], (cursor) => findPeople(words, cursor));
export const useAdministration = () => useQuery({ queryKey: ADMINISTRATION_KEY, queryFn: readAdministration });
export const usePrograms = () => useQuery({ queryKey: PROGRAMS_KEY, queryFn: () => listPrograms('') });

export type Account = Pick<PersonRecord, 'id' | 'login_name' | 'display_name' | 'disabled_at'> & {
  role: { code?: string; zh: string; en: string };
  has_password?: boolean;
};
const SERVICE = { zh: '服务账号', en: 'service account' };
const FOUND = 50;

/** The first people and, where wanted, programs that a search finds: for choosing one of them. */
export const useFoundAccounts = (words: string, programs = false, enabledOnly = true) =>
  useQuery({
    queryKey: [...PEOPLE_KEY, 'found', words, programs, enabledOnly],
    queryFn: async (): Promise<Account[]> => {
      const people = findPeople(words, '', FOUND, enabledOnly ? true : undefined);
      const others = programs ? await listPrograms(words) : { items: [] };
      const services = others.items
        .filter((one) => !enabledOnly || one.disabled_at === null)
        .map((one) => ({ ...one, role: SERVICE }));
      return [...(await people).items, ...services];
    },
    placeholderData: keepPreviousData,
  });

export const SEATS = ['system_administrator', 'security_administrator', 'auditor'] as const;
export type SeatCode = (typeof SEATS)[number];
export type RoleCode = PersonRequest['role'];
export const isSeat = (role: string): role is SeatCode => SEATS.some((seat) => seat === role);

/** Roles that the security administrator gives alone. */
export const ORDINARY_ROLES: readonly RoleCode[] = [
  'duty_operator',
  'security_manager',
  'police_supervisor',
  'requesting_officer',
  'maintenance',
];

export const inviteAddress = (token: string) => `${window.location.origin}/invite?token=${encodeURIComponent(token)}`;
