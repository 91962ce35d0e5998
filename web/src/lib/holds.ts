export const HOLDS_KEY = ['holds'] as const;
