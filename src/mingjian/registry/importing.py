"""Tables of organisations, places and channels into the registry: tried first, then all of it or nothing.

Trying and importing are the same work over the same rows; importing writes at the end, in one transaction, when no row
was wrong. What is there already is an error of its row, never changed: a table adds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, TypeVar
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import MingjianError, Text
from mingjian.kernel.ids import ChannelId, DeviceId, OrganisationId, PlaceId, SpotId, new_id
from mingjian.registry import directory, gates, organisations, places, rows, sheets, store
from mingjian.registry.columns import ADDRESS_LETTERS, Cells, TableKind, Wrong, keys_of
from mingjian.registry.errors import SHEET_HAS_ERRORS
from mingjian.registry.model import (
    Channel,
    Device,
    NewOrganisation,
    NewPlace,
    Organisation,
    Place,
    Spot,
    line_of,
)
from mingjian.registry.sounds import plain
from mingjian.registry.vault import Secret, Vault
from mingjian.storage.engine import Transaction

MOST_TOLD: Final = 500
"""Errors that are told; the others are counted."""
_LEVELS: Final = "/"

May = Callable[[Target], bool]
ReadAddress = Callable[[str], tuple[str, Secret | None]]
"""An address as it is typed into itself and the secret that stood in it; raises MingjianError."""
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one row; `row` is the number that a spreadsheet shows, `column` a title or empty."""

    row: int
    column: str
    reason: Text
    advice: Text


@dataclass(frozen=True, slots=True)
class Tried:
    """What a table would do, or did: how many rows it has, what is wrong, and what is new."""

    kind: TableKind
    rows: int
    errors: tuple[RowError, ...]
    error_count: int
    digest: str


@dataclass(slots=True)
class _Work:
    """One import on its way."""

    tx: Transaction
    may: May
    now_us: int
    errors: list[RowError] = field(default_factory=list)
    error_count: int = 0
    organisations: list[Organisation] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)

    def wrong(self, row: int, found: Iterable[Wrong]) -> None:
        for one in found:
            self.error_count += 1
            if len(self.errors) < MOST_TOLD:
                self.errors.append(RowError(row, one.column, one.reason, one.advice))

    def out_of_reach(self, cells: Cells, key: str, target: Target) -> None:
        if not self.may(target):
            reason = Text("不在您的管理范围内。", "It is outside of what you manage.")
            cells.refuse(key, reason, Text("请由有权限的人员导入。", "Have somebody with the right import it."))


def try_table(
    tx: Transaction, kind: TableKind, data: bytes, *, may: May, read_address: ReadAddress, vault: Vault, now_us: int
) -> Tried:
    """What importing would do; writes nothing. Raises MingjianError SHEET_UNREADABLE."""
    return _tried(kind, data, *_checked(tx, kind, data, may, read_address, vault, now_us))


def import_table(
    tx: Transaction,
    kind: TableKind,
    data: bytes,
    *,
    may: May,
    read_address: ReadAddress,
    vault: Vault,
    by: Actor,
    now_us: int,
) -> Tried:
    """Add every row. Raises MingjianError SHEET_UNREADABLE, or SHEET_HAS_ERRORS when any row is wrong."""
    work, count = _checked(tx, kind, data, may, read_address, vault, now_us)
    if work.error_count:
        raise MingjianError(SHEET_HAS_ERRORS, count=work.error_count)
    done = _tried(kind, data, work, count)
    _write(work)
    detail: dict[str, JSON] = {"kind": kind.zh, "kind_en": kind.en, "count": count, "sha256": done.digest}
    audit.record(tx, Entry(Action.REGISTRY_IMPORTED, by, "registry", kind.code, detail, now_us))
    return done


def _tried(kind: TableKind, data: bytes, work: _Work, count: int) -> Tried:
    return Tried(kind, count, tuple(work.errors), work.error_count, sha256(data).hexdigest())


def _checked(
    tx: Transaction, kind: TableKind, data: bytes, may: May, read_address: ReadAddress, vault: Vault, now_us: int
) -> tuple[_Work, int]:
    sheet = sheets.read(data)
    work = _Work(tx, may, now_us)
    keys, wrong = keys_of(kind, sheet.header)
    work.wrong(1, wrong)
    if wrong:  # with another header every row would be wrong as well
        return work, len(sheet.lines)
    lines = [(line.number, _cells(kind, keys, line.cells)) for line in sheet.lines]
    match kind:
        case TableKind.ORGANISATIONS:
            _organisations(work, lines)
        case TableKind.PLACES:
            _places(work, lines)
        case TableKind.CHANNELS:
            _channels(work, lines, read_address, vault)
    return work, len(lines)


def _cells(kind: TableKind, keys: Sequence[str | None], cells: Sequence[str]) -> Cells:
    return Cells(kind, {key: cell for key, cell in zip(keys, cells, strict=False) if key is not None})


def _write(work: _Work) -> None:
    tx, now_us = work.tx, work.now_us
    for organisations_ in _batches(work.organisations):
        rows.add_organisations(tx, organisations_)
    directory.refresh_organisations(tx, [one.id for one in work.organisations])
    for places_ in _batches(work.places):
        rows.add_places(tx, places_)
    directory.refresh_places(tx, [one.id for one in work.places])
    for spots in _batches(work.spots):
        rows.add_spots(tx, spots)
    for channels in _batches(work.channels):
        store.add_channels(tx, channels, [])
        rows.begin_history(tx, [(one.id, one.device.id, one.spot.id, now_us) for one in channels])
    directory.refresh_spots(tx, [one.id for one in work.spots])
    new = {one.id for one in work.spots}
    directory.refresh_channels(tx, [one.id for one in work.channels if one.spot.id not in new])


# Organisations


class _Units:
    """Organisations by what a cell may call them: the name, or as much of the line above it as tells them apart."""

    def __init__(self, known: Iterable[Organisation]) -> None:
        self._by_id: dict[UUID, Organisation] = {}
        self._named: dict[str, list[Organisation]] = defaultdict(list)
        self._below: set[tuple[UUID | None, str]] = set()
        for one in known:
            self.add(one)

    def add(self, one: Organisation) -> None:
        self._by_id[one.id] = one
        self._below.add((one.parent_id, plain(one.name)))
        names = [plain(self._by_id[above].name) for above in one.line if above in self._by_id]
        for start in range(len(names)):
            self._named[_LEVELS.join(names[start:])].append(one)

    def is_known(self, parent_id: UUID | None, name: str) -> bool:
        return (parent_id, plain(name)) in self._below

    def by_id(self, own_id: UUID | None) -> Organisation | None:
        return self._by_id.get(own_id) if own_id is not None else None

    def find(self, cells: Cells, key: str) -> Organisation | None:
        """What the cell calls it; None where it is empty or wrong."""
        said = cells.text(key, 8 * ADDRESS_LETTERS)
        if not said:
            return None
        found = self._named.get(_LEVELS.join(plain(part) for part in said.replace("／", _LEVELS).split(_LEVELS)), [])
        if len(found) == 1:
            return found[0]
        if found:
            reason = Text(f"有 {len(found)} 个单位叫“{said}”。", f'{len(found)} organisations are called "{said}".')
            advice = Text("请写明上级，如“教育局/第一中学”。", "Put the one above before it, with a slash between.")
        else:
            reason = Text(f"没有单位“{said}”。", f'There is no organisation "{said}".')
            advice = Text("请先登记该单位，或改正名称。", "Register it first, or mend the name.")
        cells.refuse(key, reason, advice)
        return None


def _organisations(work: _Work, lines: Sequence[tuple[int, Cells]]) -> None:
    units = _Units(rows.all_organisations(work.tx))
    for number, cells in lines:
        above = units.find(cells, "above")
        new = NewOrganisation(
            cells.text("name"),
            cells.region(),
            cells.organisation_kind(),
            above.id if above else None,
            cells.credit_code(),
            cells.text("address", ADDRESS_LETTERS),
            cells.text("contact"),
            cells.text("phone"),
        )
        if units.is_known(new.parent_id, new.name):
            reason = Text(f"“{new.name}”已经登记。", f'"{new.name}" is registered already.')
            cells.refuse("name", reason, Text("请删除此行，或改名。", "Remove the row, or choose another name."))
        work.out_of_reach(cells, "above", Target(new.region_code, above.line if above else ()))
        if not cells.wrong:
            try:
                made = organisations.made_below(above, new, work.now_us)
            except MingjianError as error:
                cells.refused("above", error)
            else:
                units.add(made)
                work.organisations.append(made)
        work.wrong(number, cells.wrong)


# Places


def _places(work: _Work, lines: Sequence[tuple[int, Cells]]) -> None:
    units = _Units(rows.all_organisations(work.tx))
    known = {(one.organisation_id, one.region_code, plain(one.name)) for one in store.places(work.tx)}
    for number, cells in lines:
        unit = units.find(cells, "unit")
        position = cells.position()
        new = NewPlace(
            cells.text("name"),
            cells.text("address", ADDRESS_LETTERS),
            cells.region(),
            position.longitude if position else None,
            position.latitude if position else None,
            OrganisationId(unit.id) if unit else None,
            cells.place_kinds(),
        )
        key = (new.organisation_id, new.region_code, plain(new.name))
        if key in known:
            reason = Text(f"“{new.name}”已经登记。", f'"{new.name}" is registered already.')
            cells.refuse("name", reason, Text("请删除此行，或改名。", "Remove the row, or choose another name."))
        known.add(key)
        work.out_of_reach(cells, "unit", Target(new.region_code, unit.line if unit else ()))
        if not cells.wrong:
            work.places.append(places.made(new, work.now_us))
        work.wrong(number, cells.wrong)


# Channels


@dataclass(slots=True)
class _Seen:
    """What tells one camera from another, in the registry and in the rows before."""

    addresses: dict[str, str]
    serials: dict[tuple[str, str], str]


class _Places:
    """Places by what a cell calls them, with the organisation where the name alone does not do."""

    def __init__(self, tx: Transaction, units: _Units) -> None:
        self._units = units
        self._named: dict[str, list[Place]] = defaultdict(list)
        for one in store.places(tx):
            self._named[plain(one.name)].append(one)

    def find(self, cells: Cells) -> Place | None:
        unit = self._units.find(cells, "unit")
        said = cells.text("place")
        if not said:
            return None
        found = [one for one in self._named.get(plain(said), []) if unit is None or one.organisation_id == unit.id]
        if len(found) == 1:
            return found[0]
        if found:
            reason = Text(f"有 {len(found)} 个场所叫“{said}”。", f'{len(found)} places are called "{said}".')
            advice = Text("请在“所属单位”列写明单位。", "Say whose it is in the column of the organisation.")
        else:
            reason = Text(f"没有场所“{said}”。", f'There is no place "{said}".')
            advice = Text("请先登记或导入该场所。", "Register or import the place first.")
        cells.refuse("place", reason, advice)
        return None


def _channels(work: _Work, lines: Sequence[tuple[int, Cells]], read_address: ReadAddress, vault: Vault) -> None:
    units = _Units(rows.all_organisations(work.tx))
    known_places = _Places(work.tx, units)
    found = [(number, cells, known_places.find(cells), *_address(cells, read_address)) for number, cells in lines]
    seen = _Seen(
        store.names_at(work.tx, {address for *_, address, _secret in found}),
        store.names_of_serials(work.tx, {cells.text("serial") for _, cells, *_ in found}),
    )
    spots = _Spots(work, {where.id for _, _, where, *_ in found if where is not None})
    for number, cells, where, address, inline in found:
        _refuse_known(cells, address, seen)
        spot = spots.find(cells, where) if where is not None else None
        secret = _secret(cells, inline)
        sub = cells.text("sub_address", 1_024)
        small = _read(cells, "sub_address", sub, read_address)[0] if sub else None
        transport = cells.transport()
        if where is not None:
            owner = units.by_id(where.organisation_id)
            work.out_of_reach(cells, "place", Target(where.region_code, line_of(owner.path) if owner else (), where.id))
        if not cells.wrong and where is not None and spot is not None:
            device_id = DeviceId(new_id(work.now_us))
            device = Device(
                device_id,
                address,
                vault.seal(secret, device_id) if secret else None,
                transport,
                small,
                maker=cells.text("maker"),
                model=cells.text("model"),
                serial=cells.text("serial"),
            )
            own_id = ChannelId(new_id(work.now_us))
            work.channels.append(Channel(own_id, cells.text("name"), device, where, spot, False, work.now_us, None))
            spots.use(spot)
        work.wrong(number, cells.wrong)


class _Spots:
    """The spots of some places: those that are there, and those that rows make."""

    def __init__(self, work: _Work, place_ids: set[PlaceId]) -> None:
        self._work = work
        self._known = {_spot_key(one): one for one in rows.spots_of_places(work.tx, place_ids)}
        self._stored = {one.id for one in self._known.values()}
        self._law: dict[tuple[PlaceId, str], MingjianError | None] = {}

    def find(self, cells: Cells, where: Place) -> Spot | None:
        kind, view = cells.spot_kind(), cells.view()
        made = Spot(SpotId(new_id(self._work.now_us)), where.id, cells.text("spot"), kind, view)
        spot = self._known.setdefault(_spot_key(made), made)
        if (refusal := self._refusal(where, spot)) is not None:
            cells.refused("spot_kind" if kind != "unclassified" else "spot", refusal)
            return None
        return spot

    def use(self, spot: Spot) -> None:
        if spot.id not in self._stored:
            self._stored.add(spot.id)
            self._work.spots.append(spot)

    def _refusal(self, where: Place, spot: Spot) -> MingjianError | None:
        key = (where.id, spot.kind)
        if key not in self._law:
            try:
                gates.ask_to_look(self._work.tx, where, spot, self._work.now_us)
                self._law[key] = None
            except MingjianError as error:
                self._law[key] = error
        return self._law[key]


def _spot_key(spot: Spot) -> tuple[PlaceId, str, str]:
    return spot.place_id, spot.name, spot.kind


def _address(cells: Cells, read_address: ReadAddress) -> tuple[str, Secret | None]:
    return _read(cells, "address", cells.text("address", 1_024), read_address)


def _read(cells: Cells, key: str, said: str, read_address: ReadAddress) -> tuple[str, Secret | None]:
    if not said:
        return "", None
    try:
        return read_address(said)
    except MingjianError as error:
        cells.refused(key, error)
        return "", None


def _secret(cells: Cells, inline: Secret | None) -> Secret | None:
    """The columns, or what stood in the address. Never told in an error."""
    user, password = cells.text("user"), cells.text("password", 256)
    if password and not user:
        reason = Text("有口令但没有账号。", "There is a password without a user.")
        cells.refuse("user", reason, Text("请填写账号。", "Give the user."))
    return Secret(user, password) if user else inline


def _refuse_known(cells: Cells, address: str, seen: _Seen) -> None:
    advice = Text("同一图像只登记一次；请删除此行。", "One picture is registered once; remove the row.")
    if address:
        if (name := seen.addresses.get(address)) is not None:
            reason = Text(f"该地址已登记为“{name}”。", f'This address is registered as "{name}".')
            cells.refuse("address", reason, advice)
        seen.addresses.setdefault(address, cells.text("name"))
    if serial := cells.text("serial"):
        mark = (cells.text("maker"), serial)
        if (name := seen.serials.get(mark)) is not None:
            reason = Text(f"该序列号已登记为“{name}”。", f'This serial number is registered as "{name}".')
            cells.refuse("serial", reason, advice)
        seen.serials.setdefault(mark, cells.text("name"))


def _batches(items: Sequence[V]) -> Iterable[Sequence[V]]:
    return (items[start : start + directory.BATCH] for start in range(0, len(items), directory.BATCH))
