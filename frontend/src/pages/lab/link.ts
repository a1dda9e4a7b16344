/** A snippet as part of a link: as it is while short, compressed when long. */

const PLAIN_MOST = 200;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** The parameters of a link: `code` is the snippet itself, `z` the same deflated. */
export async function encodeSource(source: string): Promise<{ code: string | null; z: string | null }> {
  if (source.length <= PLAIN_MOST) return { code: source, z: null };
  const packed = await through(new TextEncoder().encode(source), new CompressionStream('deflate-raw'));
  return { code: null, z: toBase64(packed) };
}

/** The snippet of a link, or null where there is none or it cannot be read. */
export async function decodeSource(code: string | null, z: string | null): Promise<string | null> {
  if (code !== null) return code;
  if (z === null) return null;
  try {
    return new TextDecoder().decode(await through(fromBase64(z), new DecompressionStream('deflate-raw')));
  } catch {
    return null;
  }
}
