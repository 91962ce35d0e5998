/**
 * The one door to the HTTP API: generated calls, answers unwrapped, failures turned into two kinds
 * (`ServerProblem`, `ConnectionLost`). Nothing else in the console calls the generated client.
 */
import * as api from '@/api';
import { client } from '@/api/client.gen';
import { learnServerTime, preciseNowMs } from '@/lib/clock';
import { noteConnection } from '@/lib/connection';
import type { Language } from '@/lib/i18n';
import { ConnectionLost, isProblem, ServerProblem } from '@/lib/problem';
import { proofWanted } from '@/lib/proof';
import { piecesIn, type SoundFacts, type SoundWindow, type WantedSound } from '@/lib/sound';
import { isoOf, microsOf } from '@/lib/time';

client.setConfig({ baseUrl: window.location.origin, credentials: 'same-origin' });

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response?: Response | undefined;
}

let whenSessionOver: () => void = () => {};

/** Called when any call but signing in is refused with 401. */
export function onSessionOver(handler: () => void): void {
  whenSessionOver = handler;
}

/** While somebody takes over this browser the end of the sign-in before is no news: the next one is about to begin. */
let takingOver = 0;

export const sessionIsOver = (): void => {
  if (takingOver === 0) whenSessionOver();
};

async function taken<T>(call: Promise<Answer<T>>): Promise<T> {
  takingOver += 1;
  try {
    return await unwrap(call);
  } finally {
    takingOver -= 1;
  }
}

const LOST_STATUSES = new Set([502, 504]);

async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  // A proxy in front of a server that restarts answers for it, in words that are no problem document.
  const lost = !response || (LOST_STATUSES.has(response.status) && !isProblem(error));
  noteConnection(lost);
  if (lost) throw new ConnectionLost();
  if (response.ok) return data as T;
  throw refusal(error, response);
}

function refusal(error: unknown, response: Response): Error {
  if (!isProblem(error)) return new Error(`unexpected answer ${response.status}`);
  const after = Number(response.headers.get('Retry-After'));
  return new ServerProblem(error, response.status, after > 0 ? after : null);
}

async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  try {
    return await unwrap(call);
  } catch (error) {
    if (error instanceof ServerProblem && error.status === 401) sessionIsOver();
    throw error;
  }
}

/** An act that matters: where the server wants a fresh proof, the person is asked for it, and the act is done again. */
async function proven<T>(call: () => Promise<Answer<T>>): Promise<T> {
  try {
    return await ask(call());
  } catch (error) {
    const wanted = error instanceof ServerProblem && error.problem.code === 'identity.assertion_needed';
    if (!wanted || !(await proofWanted())) throw error;
    return ask(call());
  }
}

export async function readState(): Promise<api.State> {
  const asked = preciseNowMs();
  const state = await unwrap(api.state());
  learnServerTime(asked, preciseNowMs(), microsOf(state.server_time));
  return state;
}

/** Who is signed in; null when nobody is. */
export async function readSession(): Promise<api.Person | null> {
  try {
    return await unwrap(api.session());
  } catch (error) {
    if (error instanceof ServerProblem && error.status === 401) return null;
    throw error;
  }
}

export type FirstPerson = api.SetUpPerson;

export const signIn = (login_name: string, password: string, code?: string) =>
  unwrap(api.signIn({ body: { login_name, password, ...(code && { code }) } }));
export const takeOver = (login_name: string, secret: string, code?: string) =>
  taken(api.takeOver({ body: { login_name, secret, ...(code && { code }) } }));
export const signOut = () => unwrap(api.signOut());
export const setUp = (body: api.SetUp) => unwrap(api.setUp({ body }));
export const lookSetup = (token: string) => unwrap(api.lookSetup({ body: { token } }));
export const listDivisions = async (above: string) => (await unwrap(api.listDivisions({ query: { above } }))).items;
export const lookInvite = (token: string) => unwrap(api.lookInvite({ body: { token } }));
export const redeemInvite = (token: string, password: string, code?: string) =>
  unwrap(api.redeemInvite({ body: { token, password, ...(code && { code }) } }));
export const enrolDutyPlace = (token: string) => unwrap(api.enrolDutyPlace({ body: { token } }));
export const setLanguage = (language: Language) => ask(api.setLanguage({ body: { language } }));
/** A wrong current password is a refusal to show, not the end of the session. */
export const setPassword = (current: string, next: string) => unwrap(api.setPassword({ body: { current, new: next } }));

export type PreferenceName = 'wall' | 'walls' | 'tours' | 'tone' | 'playback' | 'duty' | 'map' | 'help' | 'lists';
export const readPreference = async (name: PreferenceName) =>
  (await ask(api.ownPreference({ path: { name } }))).document as Record<string, unknown>;
export const keepPreference = (name: PreferenceName, document: object) =>
  ask(api.keepPreference({ path: { name }, body: { document: document as api.OwnPreference['document'] } }));

export const readOwnState = () => ask(api.ownState());
/** A wrong password or code is a refusal to show, not the end of the session. */
export const prove = (body: api.Proof) => unwrap(api.prove({ body }));
export const moveHand = () => ask(api.moveHand());
export const readNotices = (ids: string[]) => ask(api.readNotices({ body: { ids } }));
export const listSignIns = async () => (await ask(api.listSignIns())).items;
export const endSignIn = (id: string) => ask(api.endSignIn({ path: { sign_in_id: id } }));
export const readFactor = () => ask(api.ownFactor());
export const beginFactor = () => proven(() => api.beginFactor());
/** A wrong code is a refusal to show, not the end of the session. */
export const confirmFactor = async (code: string) => (await unwrap(api.confirmFactor({ body: { code } }))).codes;
export const removeFactor = () => proven(() => api.removeFactor());
export const renewRecoveryCodes = async () => (await proven(() => api.renewRecoveryCodes())).codes;
export const setPin = (pin: string) => proven(() => api.setPin({ body: { pin } }));

export const findPeople = (q: string, cursor: string, limit = 100, enabled?: boolean) =>
  ask(api.listPeople({ query: { q, cursor, limit, ...(enabled !== undefined && { enabled }) } }));
export const addPerson = (body: api.PersonRequest) => proven(() => api.addPerson({ body }));
export const disablePerson = (id: string) => proven(() => api.disablePerson({ path: { person_id: id } }));
export const enablePerson = (id: string) => proven(() => api.enablePerson({ path: { person_id: id } }));
export const changeRole = (id: string, role: api.RoleChange['role']) =>
  proven(() => api.changeRole({ path: { person_id: id }, body: { role } }));
export const renewInvite = (id: string) => proven(() => api.renewInvite({ path: { person_id: id } }));
export const resetFactor = (id: string) => proven(() => api.resetFactor({ path: { person_id: id } }));
export const listSignInsOf = async (id: string) => (await ask(api.listSignInsOf({ path: { person_id: id } }))).items;
export const endSignInsOf = (id: string) => proven(() => api.endSignInsOf({ path: { person_id: id } }));

export const readAdministration = () => ask(api.administration());
export const proposeAdministration = (body: api.AdministrationProposal) =>
  proven(() => api.proposeAdministration({ body }));
export const confirmAdministration = (id: string) =>
  proven(() => api.confirmAdministration({ path: { change_id: id } }));
export const withdrawAdministration = (id: string) => ask(api.withdrawAdministration({ path: { change_id: id } }));

export const listPrograms = (q: string) => ask(api.listPrograms({ query: { q, limit: 500 } }));
export const addProgram = (body: api.NewProgram) => proven(() => api.addProgram({ body }));
export const disableProgram = (id: string) => proven(() => api.disableProgram({ path: { program_id: id } }));
export const issueToken = (id: string, body: api.NewToken) =>
  proven(() => api.issueToken({ path: { program_id: id }, body }));
export const revokeToken = (id: string) => ask(api.revokeToken({ path: { token_id: id } }));

export const listDutyPlaces = (cursor: string) => ask(api.listDutyPlaces({ query: { cursor, limit: 100 } }));
export const addDutyPlace = (name: string) => proven(() => api.addDutyPlace({ body: { name } }));
export const endDutyPlace = (id: string) => proven(() => api.endDutyPlace({ path: { place_id: id } }));

export type StepCode = api.StepSeen['step'];
export const readSite = () => ask(api.site());
export const planSite = (cameras: number, kbit_s: number) => ask(api.planSite({ body: { cameras, kbit_s } }));
export const readSettings = () => ask(api.settings());
export const reviewStep = (step: StepCode) => ask(api.reviewStep({ body: { step } }));
export const readStorageAdvice = (cameras: number, kbit_s: number) =>
  ask(api.storageAdvice({ query: { cameras, kbit_s } }));
export const readClock = () => ask(api.clockState());
export const readCertificate = () => ask(api.certificateState());
export const readNetwork = () => ask(api.networkState());
export const authorityAddress = '/api/v1/site/authority.pem';

const PAGE = 200;
export const findChannels = (q: string, cursor: string, limit = PAGE) =>
  ask(api.listChannels({ query: { q, cursor, limit } }));
/** At most a hundred ids. */
export const nameChannels = async (ids: string[]) => (await ask(api.listChannels({ query: { id: ids } }))).items;
export const readChannel = (id: string) => ask(api.getChannel({ path: { channel_id: id } }));
export const summariseChannels = () => ask(api.summariseChannels());
export const findPlaces = async (q: string) => (await ask(api.listPlaces({ query: { q, limit: 50 } }))).items;
export const listRegions = async () => (await ask(api.listRegions())).items;

export type NewChannel = api.NewChannel;
export const probeCamera = (body: api.ProbeRequest) => ask(api.probeCamera({ body }));
export const searchCameras = (host: string) => ask(api.searchCameras({ body: { host } }));
export const lookAtCamera = (body: api.Look) => ask(api.lookAtCamera({ body }));
export const setOnvifAddress = (id: string, address: string) =>
  ask(api.setOnvifAddress({ path: { channel_id: id }, body: { address } }));
export const addChannel = (body: NewChannel) => ask(api.addChannel({ body }));
export const renameChannel = (id: string, name: string) =>
  ask(api.changeChannel({ path: { channel_id: id }, body: { name } }));
export const setStreams = (id: string, transport: api.Device['transport'], subAddress: string) =>
  ask(api.changeChannel({ path: { channel_id: id }, body: { transport, sub_address: subAddress } }));
export const retireChannel = (id: string) => ask(api.retireChannel({ path: { channel_id: id } }));

/** `binS`: how many seconds a pixel is; 0 for what is exactly. */
const strip = (fromUs: number, toUs: number, binS: number) => ({
  from: isoOf(fromUs),
  to: isoOf(toUs),
  ...(binS > 0 && { bin: binS }),
});
export const readTimeline = (id: string, fromUs: number, toUs: number, binS: number) =>
  ask(api.timeline({ path: { channel_id: id }, query: strip(fromUs, toUs, binS) }));
export const readMoments = (id: string, fromUs: number, toUs: number, binS: number) =>
  ask(api.channelMoments({ path: { channel_id: id }, query: strip(fromUs, toUs, binS) }));
export const placeMark = (id: string, { startUs, endUs }: Span, name: string) =>
  ask(api.placeMark({ path: { channel_id: id }, body: { start: isoOf(startUs), end: isoOf(endUs), name } }));
export const listMarks = (q: string, channel: string | null, cursor: string | null) =>
  ask(api.listMarks({ query: { ...(q && { q }), ...(channel && { channel }), ...(cursor && { cursor }) } }));
export const removeMark = (id: string) => ask(api.removeMark({ path: { mark_id: id } }));

export const listConnections = async (id: string) =>
  (await ask(api.listConnections({ path: { channel_id: id } }))).items;

export const readStorage = () => ask(api.storage());
export const confirmClock = () => ask(api.confirmClock());
export const listChecks = async () => (await ask(api.listChecks())).items;
export const startCheck = (mode: 'fast' | 'full') => ask(api.startCheck({ body: { mode } }));
export const listDamage = (cursor: string) => ask(api.listDamage({ query: { cursor, limit: 100 } }));
export const listAlerts = () => ask(api.listAlerts({ query: { limit: 200 } }));
export const acknowledgeAlert = (id: string, note: string) =>
  ask(api.acknowledgeAlert({ path: { alert_id: id }, body: { note } }));

export type Recording = api.Recording;
export const readRecording = (id: string) => ask(api.recordingPlan({ path: { channel_id: id } }));
export const setRecording = (id: string, body: Recording) =>
  ask(api.setRecordingPlan({ path: { channel_id: id }, body }));
export const reportEvent = (id: string, name: string) =>
  ask(api.reportEvent({ path: { channel_id: id }, body: { name } }));
export const readRetention = (id: string) => ask(api.retention({ path: { channel_id: id } }));
export const setTerm = (body: api.NewTerm) => ask(api.setTerm({ body }));
export const endTerm = (id: string) => proven(() => api.endTerm({ path: { term_id: id } }));
/** Both days included, as `2026-11-20`. */
export const readCompleteness = async (id: string, firstDay: string, lastDay: string) =>
  (await ask(api.channelCompleteness({ path: { channel_id: id }, query: { start_day: firstDay, end_day: lastDay } })))
    .items;

export interface Span {
  startUs: number;
  endUs: number;
}

export const listHolds = (standing: boolean, cursor: string) =>
  ask(api.listHolds({ query: { standing, cursor, limit: 100 } }));
export const placeHold = (channelId: string, { startUs, endUs }: Span, reason: string) =>
  ask(api.placeHold({ body: { channel_id: channelId, start: isoOf(startUs), end: isoOf(endUs), reason } }));
export const liftHold = (id: string, reason: string) =>
  proven(() => api.liftHold({ path: { hold_id: id }, body: { reason } }));

export const listClips = (cursor: string) => ask(api.listClips({ query: { cursor, limit: 50 } }));
export const createClip = (channels: string[], { startUs, endUs }: Span, reason: string) =>
  proven(() => api.createClip({ body: { channels, start: isoOf(startUs), end: isoOf(endUs), reason } }));
export const deleteClip = (id: string) => ask(api.deleteClip({ path: { clip_id: id } }));
/** The browser downloads it by itself, and goes on where it was cut off. */
export const clipAddress = (id: string) => `/api/v1/clips/${id}/file`;
export const manifestAddress = (id: string) => `/api/v1/clips/${id}/manifest`;

/** An HLS address for another player. Without a span it is live. */
export const openStream = (viewId: string, channelId: string, span: Span) =>
  proven(() =>
    api.openStream({
      path: { view_id: viewId },
      body: { channel: channelId, start: isoOf(span.startUs), end: isoOf(span.endUs) },
    }),
  );

export type ViewKind = 'live' | 'playback';
export const openView = (kind: ViewKind, channels: string[], reason?: string) =>
  ask(api.openView({ body: { kind, channels, reason } }));

/** Close a view; works while the page goes away. A view that is gone already is closed: nothing is reported. */
export function closeView(id: string): void {
  fetch(`/api/v1/views/${id}/close`, { method: 'POST', keepalive: true, credentials: 'same-origin' }).catch(() => {
    // The server closes the views of vanished clients by itself.
  });
}

/** Sound costs a byte only where it is asked for. */
export function liveAddress(
  viewId: string,
  channelId: string,
  { stream, sound }: { stream: 'main' | 'sub'; sound: boolean },
): string {
  const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
  const query = new URLSearchParams({ transport: 'mse', stream, ...(sound && { sound: '1' }) });
  return `${scheme}://${window.location.host}/api/v1/views/${viewId}/live/${channelId}?${query}`;
}

export const readTurning = (id: string) => ask(api.turningState({ path: { channel_id: id } }));
export const takeTurning = (id: string, reason: string) =>
  ask(api.takeTurning({ path: { channel_id: id }, body: { reason } }));
export const readCameraTurning = (id: string) => ask(api.turningOfCamera({ path: { channel_id: id } }));
export const keepPreset = (id: string, name: string) =>
  ask(api.keepPreset({ path: { channel_id: id }, body: { name } }));
export const removePreset = (id: string, token: string) => ask(api.removePreset({ path: { channel_id: id, token } }));

export function turningAddress(channelId: string, lockId: string): string {
  const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
  return `${scheme}://${window.location.host}/api/v1/channels/${channelId}/turning?lock=${lockId}`;
}

export interface MediaWindow {
  /** Null when the window holds nothing. */
  bytes: Uint8Array<ArrayBuffer> | null;
  mime: string;
  /** Wall time of the first sample. */
  fromUs: number | null;
  /** Which run of the server's clock it is from; null when the window holds nothing. */
  epoch: number | null;
  /** Where to continue; null when there is nothing later yet. */
  nextUs: number | null;
  /** The run of the clock that `nextUs` is in. */
  nextEpoch: number | null;
}

export interface WantedMedia {
  fromUs: number;
  toUs: number;
  originUs: number;
  /** Null: whichever run of the clock has something there first. */
  epoch: number | null;
  /** Key frames alone, each shown until the next. */
  keys: boolean;
}

/** One window of recorded media, `tfdt` counted from `originUs`. Throws like every other call. */
export async function readMedia(
  viewId: string,
  channelId: string,
  span: WantedMedia,
  signal: AbortSignal,
): Promise<MediaWindow> {
  const query = new URLSearchParams({
    from: isoOf(span.fromUs),
    to: isoOf(span.toUs),
    origin: isoOf(span.originUs),
  });
  if (span.epoch !== null) query.set('epoch', String(span.epoch));
  if (span.keys) query.set('keys', 'true');
  const response = await fetchMedia(`/api/v1/views/${viewId}/media/${channelId}?${query}`, signal);
  const bytes = response.status === 204 ? null : new Uint8Array(await response.arrayBuffer());
  return {
    bytes: bytes && bytes.length > 0 ? bytes : null,
    mime: response.headers.get('Mingjian-Mime') ?? '',
    fromUs: momentIn(response, 'Mingjian-From'),
    epoch: numberIn(response, 'Mingjian-Epoch'),
    nextUs: momentIn(response, 'Mingjian-Next'),
    nextEpoch: numberIn(response, 'Mingjian-Next-Epoch'),
  };
}

/** The sound beside recorded pictures, as the camera sent it. */
export async function readSound(
  viewId: string,
  channelId: string,
  span: WantedSound,
  signal: AbortSignal,
): Promise<SoundWindow> {
  const query = new URLSearchParams({ from: isoOf(span.fromUs), to: isoOf(span.toUs) });
  if (span.epoch !== null) query.set('epoch', String(span.epoch));
  const response = await fetchMedia(`/api/v1/views/${viewId}/sound/${channelId}?${query}`, signal);
  const facts = response.headers.get('Mingjian-Sound');
  return {
    facts: facts ? (JSON.parse(facts) as SoundFacts) : null,
    pieces: facts ? piecesIn(await response.arrayBuffer()) : [],
    epoch: numberIn(response, 'Mingjian-Epoch'),
    nextUs: momentIn(response, 'Mingjian-Next'),
    nextEpoch: numberIn(response, 'Mingjian-Next-Epoch'),
  };
}

function numberIn(response: Response, name: string): number | null {
  const text = response.headers.get(name);
  return text && /^\d+$/.test(text) ? Number(text) : null;
}

function momentIn(response: Response, name: string): number | null {
  const text = response.headers.get(name);
  const us = text ? microsOf(text) : Number.NaN;
  return Number.isNaN(us) ? null : us;
}

/** A JPEG that the server made. */
export interface ServerPicture {
  blob: Blob;
  /** When it was taken. */
  atUs: number;
  /** Seconds until there is a newer one; null where it stays. */
  everyS: number | null;
}

/** The key frame before a moment, of an open playback view. */
export const readThumbnail = (
  viewId: string,
  channelId: string,
  wanted: { us: number; epoch: number | null; width: number },
  signal: AbortSignal,
): Promise<ServerPicture> => {
  const query = new URLSearchParams({ at: isoOf(wanted.us), width: String(wanted.width) });
  if (wanted.epoch !== null) query.set('epoch', String(wanted.epoch));
  return readPicture(`/api/v1/views/${viewId}/thumbnail/${channelId}?${query}`, signal);
};

/** The newest key frame of an open live view, for a browser that cannot decode the stream. */
export const readStill = (viewId: string, channelId: string, width: number, signal: AbortSignal) =>
  readPicture(`/api/v1/views/${viewId}/still/${channelId}?width=${width}`, signal);

async function readPicture(address: string, signal: AbortSignal): Promise<ServerPicture> {
  const response = await fetchMedia(address, signal);
  const atUs = momentIn(response, 'Mingjian-At');
  if (atUs === null) throw new Error('a picture without its time');
  return { blob: await response.blob(), atUs, everyS: Number(response.headers.get('Mingjian-Every')) || null };
}

export type Snapshot = api.SnapshotGiven;
/** One frame of an open view at full size; `moment` null for the newest live one. */
export const takeSnapshot = (
  viewId: string,
  channelId: string,
  moment: { us: number; epoch: number | null } | null,
  reason: string,
) =>
  ask(
    api.takeSnapshot({
      path: { view_id: viewId },
      body: { channel: channelId, reason, ...(moment && { at: isoOf(moment.us), epoch: moment.epoch }) },
    }),
  );

async function fetchMedia(address: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(address, { signal, credentials: 'same-origin' }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    noteConnection(true);
    throw new ConnectionLost();
  });
  if (response.ok) {
    noteConnection(false);
    return response;
  }
  const error = refusal(await response.json().catch(() => null), response);
  if (error instanceof ServerProblem && error.status === 401) sessionIsOver();
  throw error;
}

export interface AuditSearch {
  person?: string | undefined;
  action?: string | undefined;
  text?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** What is not asked for is not said. */
const said = (search: AuditSearch) =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value)) as Record<string, string>;

export const listAudit = (search: AuditSearch, before: number | null) =>
  ask(api.listAudit({ query: { ...said(search), ...(before !== null && { before }) } }));
export const listAuditActions = async () => (await ask(api.listAuditActions())).items;
export const readTrail = (before: number | null) => ask(api.ownTrail({ query: before === null ? {} : { before } }));
export const exportAudit = async (search: AuditSearch, form: 'jsonl' | 'csv'): Promise<Blob> => {
  const { data, error, response } = await api.exportAudit({ query: { ...said(search), form }, parseAs: 'blob' });
  return ask(Promise.resolve({ data: data as Blob | undefined, error, response }));
};
export const listVerifications = () => ask(api.listVerifications());
export const startVerification = () => ask(api.startVerification());

export type ScopeKind = api.NewGrant['kind'];

export const listGrants = (standing: boolean, cursor: string) =>
  ask(api.listGrants({ query: { standing, cursor, limit: 100 } }));
export const giveGrant = (body: api.NewGrant) => proven(() => api.giveGrant({ body }));
export const endGrant = (id: string) => ask(api.endGrant({ path: { grant_id: id } }));
export const listDeputies = (cursor: string) => ask(api.listDeputies({ query: { cursor, limit: 100 } }));
export const appointDeputy = (body: api.NewDeputy) => proven(() => api.appointDeputy({ body }));
export const endDeputy = (id: string) => ask(api.endDeputy({ path: { deputy_id: id } }));
export const readPermissionTable = () => ask(api.permissionTable());
export const findScopes = async (kind: api.Thing['kind'], query: string) =>
  (await ask(api.findScopes({ query: { kind, query } }))).items;
export const askWhy = (personId: string, permission: string, scope: { kind: ScopeKind; value: string }) =>
  ask(api.whyPermitted({ query: { person_id: personId, permission, ...scope } }));

export type TableKind = api.TryTableData['query']['kind'];

export const openBranch = (node: string, cursor: string | null = null) =>
  ask(api.openBranch({ query: { node, ...(cursor !== null && { cursor }) } }));
export const listEntries = (
  q: string,
  kinds: api.EntryNode['kind'][],
  under: string,
  cursor: string | null,
  limit: number,
) => ask(api.listEntries({ query: { q, kind: kinds, under, limit, ...(cursor !== null && { cursor }) } }));
export const listKinds = async () => (await ask(api.listKinds())).items;
export const getOrganisation = (id: string) => ask(api.getOrganisation({ path: { organisation_id: id } }));
export const addOrganisation = (body: api.OrganisationForm) => ask(api.addOrganisation({ body }));
export const changeOrganisation = (id: string, body: api.OrganisationForm) =>
  ask(api.changeOrganisation({ path: { organisation_id: id }, body }));
export const retireOrganisation = (id: string) => ask(api.retireOrganisation({ path: { organisation_id: id } }));
export const addSystem = (body: api.SystemForm) => ask(api.addSystem({ body }));
export const getPlace = (id: string) => ask(api.getPlace({ path: { place_id: id } }));
export const addPlace = (body: api.PlaceForm) => ask(api.addPlace({ body }));
export const changePlace = (id: string, body: api.PlaceForm) => ask(api.changePlace({ path: { place_id: id }, body }));
export const addSpot = (placeId: string, body: api.SpotForm) => ask(api.addSpot({ path: { place_id: placeId }, body }));
export const changeSpot = (id: string, body: api.SpotForm) => ask(api.changeSpot({ path: { spot_id: id }, body }));
export const putUpSign = (placeId: string, body: api.SignForm) =>
  ask(api.putUpSign({ path: { place_id: placeId }, body }));
export const takeDownSign = (id: string) => ask(api.takeDownSign({ path: { sign_id: id } }));
export const setSignPhoto = (id: string, photo: Blob) => ask(api.setSignPhoto({ path: { sign_id: id }, body: photo }));
export const signPhotoAddress = (id: string, digest: string): string => `/api/v1/signs/${id}/photo?v=${digest}`;
export const givePlaceRole = (placeId: string, body: api.NewStatutoryRole) =>
  ask(api.givePlaceRole({ path: { place_id: placeId }, body }));
export const endStatutoryRole = (id: string) => ask(api.endStatutoryRole({ path: { role_id: id } }));
export const channelHistory = (id: string) => ask(api.channelHistory({ path: { channel_id: id } }));
export const moveChannel = (id: string, spotId: string, decision: api.DecisionForm | null) =>
  ask(api.moveChannel({ path: { channel_id: id }, body: { spot_id: spotId, decision } }));
/** The camera that was tested takes over a channel; the channel and its footage stay. */
export const replaceDevice = (id: string, probeId: string, identity: api.DeviceIdentity) =>
  ask(api.replaceDevice({ path: { channel_id: id }, body: { probe_id: probeId, identity } }));
export const getSystem = (id: string) => ask(api.getSystem({ path: { system_id: id } }));
export const giveSystemRole = (systemId: string, body: api.NewStatutoryRole) =>
  ask(api.giveSystemRole({ path: { system_id: systemId }, body }));
export const mergeChannels = (id: string, into: string) =>
  ask(api.mergeChannels({ path: { channel_id: id }, body: { into } }));
export const tryTable = (kind: TableKind, table: Blob) => ask(api.tryTable({ query: { kind }, body: table }));
export const importTable = (kind: TableKind, table: Blob) => ask(api.importTable({ query: { kind }, body: table }));
export const templateAddress = (kind: TableKind, form: 'csv' | 'xlsx'): string =>
  `/api/v1/registry/template?kind=${kind}&format=${form}`;
export const exportTable = async (body: api.ExportRequest): Promise<Blob> => {
  const { data, error, response } = await api.exportTable({ body, parseAs: 'blob' });
  return ask(Promise.resolve({ data: data as Blob | undefined, error, response }));
};
export const addCameras = (body: api.BulkRequest) => ask(api.addCameras({ body }));
export const addedCameras = (id: string) => ask(api.addedCameras({ path: { bulk_id: id } }));

export const listLawTexts = async () => (await ask(api.listLawTexts())).items;
export const getLawText = (code: string) => ask(api.getLawText({ path: { code } }));
export const askLawSite = (region: string, kind: string, on: string) =>
  ask(api.askLawSite({ query: { region, kind, ...(on && { on }) } }));
export const listLawChanges = (from: string, to: string, region: string) =>
  ask(api.listLawChanges({ query: { from, to, region } }));
export const getPlaceLaw = (id: string) => ask(api.getPlaceLaw({ path: { place_id: id } }));
export const getChannelLaw = (id: string) => ask(api.getChannelLaw({ path: { channel_id: id } }));
export const addDesignation = (placeId: string, body: api.DesignationForm) =>
  ask(api.addDesignation({ path: { place_id: placeId }, body }));
export const endDesignation = (id: string) => ask(api.endDesignation({ path: { designation_id: id } }));
export const identifyDevice = (id: string, body: api.DeviceIdentity) =>
  ask(api.identifyDevice({ path: { channel_id: id }, body }));

export type MapQuestion = NonNullable<api.MapCamerasData['query']>;
/** Where the cameras are that this person reaches, altogether. */
export const mapExtent = () => ask(api.mapExtent());
/** Cameras of a box of the map, or heaps of them. */
export const mapCameras = (query: MapQuestion, signal?: AbortSignal) =>
  ask(api.mapCameras({ query, ...(signal && { signal }) }));
/** The site's own maps. */
export const listBasemaps = async () => (await ask(api.listBasemaps())).items;
export const readDesk = () => ask(api.dutyDesk());
export const listDutyPosts = () => ask(api.listDutyPosts());
export const listDutyPeople = async (use: 'duty' | 'alerts') =>
  (await ask(api.listDutyPeople({ query: { use } }))).items;
export const beginShift = (post_id: string, reason: string) =>
  ask(api.beginShift({ path: { post_id }, body: { reason } }));
export const endShift = () => ask(api.endShift());
export const relieveShift = (shift_id: string, reason: string) =>
  ask(api.relieveShift({ path: { shift_id }, body: { reason } }));
export const previewHandover = () => ask(api.previewHandover());
export const submitHandover = (summary: string) => proven(() => api.submitHandover({ body: { summary } }));
export const readHandover = (handover_id: string) => ask(api.handover({ path: { handover_id } }));
export const withdrawHandover = (handover_id: string) => ask(api.withdrawHandover({ path: { handover_id } }));
export const confirmHandover = (handover_id: string, body: api.Confirming) =>
  proven(() => api.confirmHandover({ path: { handover_id }, body }));
/** A wrong name or password is a refusal to show, not the end of the session. */
export const confirmHandoverHere = (handover_id: string, body: api.ConfirmingHere) =>
  taken(api.confirmHandoverHere({ path: { handover_id }, body }));
export const writeDutyLog = (body: api.NewLogEntry) => ask(api.writeDutyLog({ body }));
export const tickDutyTask = (body: api.Ticking) => ask(api.tickDutyTask({ body }));
export const listDutyLog = (cursor: string) =>
  ask(api.listDutyLog({ query: { ...(cursor && { cursor }), limit: 50 } }));
export const listDutyShifts = (cursor: string) =>
  ask(api.listDutyShifts({ query: { ...(cursor && { cursor }), limit: 50 } }));
export const readShift = (shift_id: string) => ask(api.dutyShift({ path: { shift_id } }));
export const readRoster = (post_id: string) => ask(api.dutyRoster({ path: { post_id } }));
export const setDutyWeek = (post_id: string, week: api.RosterDay[]) =>
  ask(api.setDutyWeek({ path: { post_id }, body: { week } }));
export const setDutyDay = (post_id: string, day: string, body: api.NewDay) =>
  ask(api.setDutyDay({ path: { post_id, day }, body }));
export const clearDutyDay = (post_id: string, day: string) => ask(api.clearDutyDay({ path: { post_id, day } }));
export const setDutyTasks = (post_id: string, items: api.NewTask[]) =>
  ask(api.setDutyTasks({ path: { post_id }, body: { items } }));
export const addDutyPost = (body: api.NewDutyPost) => ask(api.addDutyPost({ body }));
export const endDutyPost = (post_id: string) => ask(api.endDutyPost({ path: { post_id } }));
export const assignAlert = (alert_id: string, to_id: string) =>
  ask(api.assignAlert({ path: { alert_id }, body: { to_id } }));
export const closeAlert = (alert_id: string, reason: api.Closing['reason'], note: string) =>
  ask(api.closeAlert({ path: { alert_id }, body: { reason, note } }));
export const readGrounds = (permission: api.PermissionGroundsData['query']['permission']) =>
  ask(api.permissionGrounds({ query: { permission } }));

export const readHealth = () => ask(api.health());
export const readUpkeep = () => ask(api.healthUpkeep());
export const readFindings = async () => (await ask(api.healthFindings())).items;
export const readCompletenessSummary = (first: string, last: string) =>
  ask(api.completenessSummary({ query: { start_day: first, end_day: last } }));
export const listCompleteness = (first: string, last: string, cursor: string) =>
  ask(api.completenessByChannel({ query: { start_day: first, end_day: last, ...(cursor && { cursor }) } }));
export const completenessTableAddress = (first: string, last: string): string =>
  `/api/v1/health/completeness.csv?start_day=${first}&end_day=${last}`;
