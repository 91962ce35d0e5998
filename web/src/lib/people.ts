import { useQuery } from '@tanstack/react-query';
import type { PersonRequest } from '@/api';
import { listPeople, readAdministration } from '@/lib/server';

export const PEOPLE_KEY = ['people'] as const;
export const ADMINISTRATION_KEY = ['administration'] as const;

export const usePeople = () => useQuery({ queryKey: PEOPLE_KEY, queryFn: listPeople });
export const useAdministration = () => useQuery({ queryKey: ADMINISTRATION_KEY, queryFn: readAdministration });

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
