export const STORAGE_KEY = ['storage'] as const;
export const CHECKS_KEY = ['checks'] as const;
export const DAMAGE_KEY = ['damage'] as const;
