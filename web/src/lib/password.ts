/** The least length that the server accepts; it checks again. */
export const LEAST_PASSWORD_LENGTH = 12;
