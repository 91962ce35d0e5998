export const GRANTS_KEY = ['grants'] as const;
export const DEPUTIES_KEY = ['deputies'] as const;
export const TABLE_KEY = ['permission-table'] as const;
