import { useQuery } from '@tanstack/react-query';
import type { PersonRecord, PersonRequest } from '@/api';
import { listPeople, listPrograms, readAdministration } from '@/lib/server';

export const PEOPLE_KEY = ['people'] as const;
export const ADMINISTRATION_KEY = ['administration'] as const;

export const PROGRAMS_KEY = ['programs'] as const;

export const usePeople = () => useQuery({ queryKey: PEOPLE_KEY, queryFn: listPeople });
export const useAdministration = () => useQuery({ queryKey: ADMINISTRATION_KEY, queryFn: readAdministration });
export const usePrograms = (enabled = true) => useQuery({ queryKey: PROGRAMS_KEY, queryFn: listPrograms, enabled });

export type Account = Pick<PersonRecord, 'id' | 'login_name' | 'display_name' | 'disabled_at'> & {
  role: { zh: string; en: string };
};
const SERVICE = { zh: '服务账号', en: 'service account' };

/** People and, where wanted, programs: whoever can be given a scope. */
export function useAccounts(programs = true): { data: Account[]; isPending: boolean } {
  const people = usePeople();
  const others = usePrograms(programs);
  const services = programs ? (others.data?.items ?? []).map((one) => ({ ...one, role: SERVICE })) : [];
  return { data: [...(people.data ?? []), ...services], isPending: people.isPending };
}

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
