export interface CameraAddress {
  url: string;
  username: string | null;
  password: string | null;
}

const WITH_CREDENTIALS = /^(\s*[a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@(.*)$/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Vendors print addresses with the password inside. They are taken apart at once, so that no draft, list or
 * log can come to hold one. A password may hold an unescaped `@`: the last one before the path divides.
 */
export function takeApart(typed: string): CameraAddress {
  const parts = WITH_CREDENTIALS.exec(typed);
  if (!parts) return { url: typed.trim(), username: null, password: null };
  const [, scheme = '', credentials = '', rest = ''] = parts;
  const colon = credentials.indexOf(':');
  const username = colon < 0 ? credentials : credentials.slice(0, colon);
  return {
    url: `${scheme}${rest}`.trim(),
    username: decoded(username),
    password: colon < 0 ? null : decoded(credentials.slice(colon + 1)),
  };
}
