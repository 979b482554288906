/**
 * Parses a base URL. It may have a path, if a proxy serves the nodes below one, and a user name and password, if a
 * proxy asks for them (RFC 7617). `fetch` refuses URLs with a password, and an error must not show it.
 */

export interface BaseUrl {
  /** Without a trailing slash and without the password; paths are appended to it. */
  readonly url: string;
  /** Value of the `authorization` header. */
  readonly authorization: string | undefined;
}

/** @returns `undefined` if the text is not such a URL */
export function baseUrlOf(text: string): BaseUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, pathname, search, hash, username, password } = new URL(text);
  if (!['http:', 'https:'].includes(protocol) || search !== '' || hash !== '') return undefined;
  const url = origin + pathname.replace(/\/+$/, '');
  if (username === '' && password === '') return { url, authorization: undefined };
  try {
    const user = decodeURIComponent(username);
    // The user name ends at the first colon, so it must not have one.
    return user.includes(':') ? undefined : { url, authorization: basic(`${user}:${decodeURIComponent(password)}`) };
  } catch {
    return undefined; // An invalid percent escape.
  }
}

/** The text without its password, for error messages. */
export function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z\d+.-]*:\/\/)?[^/?#]*@/i, '$1');
}

function basic(credentials: string): string {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(credentials)))}`;
}
