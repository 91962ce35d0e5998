/** The people without whom a site cannot start; the first row is whoever sets up and gets the session. */
export const FIRST_ROLES = [
  { role: 'system_administrator', loginName: 'admin', separate: true },
  { role: 'security_administrator', loginName: 'security', separate: true },
  { role: 'auditor', loginName: 'auditor', separate: true },
  { role: 'duty_operator', loginName: 'duty', separate: false },
  { role: 'security_manager', loginName: 'manager', separate: false },
] as const;
