/**
 * A base URL as it was given: with a path where something in front of the nodes puts them under one, and with a name and a
 * password where it asks for them (RFC 7617). `fetch` refuses URLs with a password, and nobody should see it in an error.
 */

export interface BaseUrl {
  /** Without a slash at the end, and without the password: what is asked for is put behind it. */
  readonly url: string;
  /** The value of the header of this name. */
  readonly authorization: string | undefined;
}

/** @returns `undefined` if it is no such URL */
export function baseUrlOf(text: string): BaseUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, pathname, search, hash, username, password } = new URL(text);
  if (!['http:', 'https:'].includes(protocol) || search !== '' || hash !== '') return undefined;
  const url = origin + pathname.replace(/\/+$/, '');
  if (username === '' && password === '') return { url, authorization: undefined };
  try {
    const user = decodeURIComponent(username);
    // What stands before the first colon is the name.
    return user.includes(':') ? undefined : { url, authorization: basic(`${user}:${decodeURIComponent(password)}`) };
  } catch {
    return undefined; // A `%` that begins nothing.
  }
}

/** For messages: whatever it is, without its password. */
export function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z\d+.-]*:\/\/)?[^/?#]*@/i, '$1');
}

function basic(credentials: string): string {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(credentials)))}`;
}
