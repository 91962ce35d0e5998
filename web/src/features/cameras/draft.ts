import { forget, keep, kept } from '@/lib/drafts';
import { takeApart } from './cameraAddress';

/** What the form holds. `place` is the id of a place or `NEW_PLACE`. */
export interface CameraForm {
  url: string;
  username: string;
  password: string;
  transport: 'auto' | 'tcp' | 'udp';
  subUrl: string;
  name: string;
  place: string;
  placeName: string;
  placeAddress: string;
  region: string;
  spot: string;
  kind: string;
}

export const NEW_PLACE = 'new';

const DRAFTED = [
  'url',
  'username',
  'transport',
  'subUrl',
  'name',
  'place',
  'placeName',
  'placeAddress',
  'region',
  'spot',
  'kind',
] as const;

/** Everything that was typed but the password, also not one inside the address. */
export function keepDraft(form: Partial<CameraForm>): void {
  const draft = Object.fromEntries(DRAFTED.map((field) => [field, form[field] ?? '']));
  keep('draft.camera', { ...draft, url: withoutPassword(form.url), subUrl: withoutPassword(form.subUrl) });
}

/** Some makes carry the password in the path (`/user=admin_password=...`): such an address is not kept at all. */
function withoutPassword(typed: string | undefined): string {
  const { url } = takeApart(typed ?? '');
  return /pass|pwd/i.test(url) ? '' : url;
}

export function keptDraft(): Partial<CameraForm> {
  const draft = kept('draft.camera');
  if (typeof draft !== 'object' || draft === null) return {};
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => typeof value === 'string' && value !== ''));
}

export const forgetDraft = (): void => forget('draft.camera');
