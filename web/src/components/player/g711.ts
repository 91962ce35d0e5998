/** G.711 by table (ITU-T G.711, tables 1a and 2a): one octet of a camera's sound is one sample. */

export type Law = 'alaw' | 'ulaw';

const FULL_SCALE = 32768;
/** Even bits are inverted on the way (section 3.1). */
const A_MASK = 0x55;
const MU_BIAS = 33;

function linearOfA(code: number): number {
  const bits = code ^ A_MASK;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 15) << 1) + 1;
  const magnitude = (segment === 0 ? step : (step + 32) << (segment - 1)) * 8;
  return bits & 0x80 ? magnitude : 0 - magnitude;
}

function linearOfMu(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 15) << 1) + MU_BIAS) << ((bits >> 4) & 7)) - MU_BIAS;
  return (bits & 0x80 ? 0 - magnitude : magnitude) * 4;
}

const tableOf = (linear: (code: number) => number): Float32Array =>
  Float32Array.from({ length: 256 }, (_, code) => linear(code) / FULL_SCALE);

/** Samples from -1 to 1 by code. */
export const G711: Readonly<Record<Law, Float32Array>> = { alaw: tableOf(linearOfA), ulaw: tableOf(linearOfMu) };

/** Samples of each channel; octets of channels take turns (RFC 3551 section 4.1). */
export function decodeG711(law: Law, octets: Uint8Array, channels: number): Float32Array<ArrayBuffer>[] {
  const table = G711[law];
  const count = Math.floor(octets.length / channels);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(count);
    for (let at = 0; at < count; at++) samples[at] = table[octets[at * channels + channel] ?? 0] ?? 0;
    return samples;
  });
}
