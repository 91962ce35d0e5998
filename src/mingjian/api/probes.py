"""Tests of cameras that were made and not yet saved: what was tested is what is saved."""

import secrets
from dataclasses import dataclass
from threading import Lock
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId
from mingjian.media.errors import PROBE_UNKNOWN
from mingjian.registry.model import TransportChoice
from mingjian.registry.vault import Secret

LIFETIME_US: Final = 600_000_000
_MOST: Final = 256


@dataclass(frozen=True, slots=True)
class Probe:
    """One tested address, and that of its small stream, with the secret that opened them; kept in memory only."""

    id: str
    person_id: PersonId
    address: str
    secret: Secret | None
    expires_us: int
    transport: TransportChoice = "auto"
    sub_address: str | None = None


class Probes:
    """Holds tests for ten minutes; each serves the person who made it, once."""

    def __init__(self) -> None:
        self._probes: dict[str, Probe] = {}
        self._lock = Lock()

    def keep(
        self,
        person_id: PersonId,
        address: str,
        secret: Secret | None,
        now_us: int,
        *,
        transport: TransportChoice = "auto",
        sub_address: str | None = None,
    ) -> Probe:
        probe_id, expires_us = secrets.token_urlsafe(18), now_us + LIFETIME_US
        probe = Probe(probe_id, person_id, address, secret, expires_us, transport, sub_address)
        with self._lock:
            self._probes = {key: one for key, one in self._probes.items() if one.expires_us > now_us}
            while len(self._probes) >= _MOST:
                self._probes.pop(next(iter(self._probes)))
            self._probes[probe.id] = probe
        return probe

    def find(self, probe_id: str, person_id: PersonId, now_us: int) -> Probe:
        """Raises MingjianError PROBE_UNKNOWN."""
        probe = self._probes.get(probe_id)
        if probe is None or probe.expires_us <= now_us or probe.person_id != person_id:
            raise MingjianError(PROBE_UNKNOWN)
        return probe

    def used(self, probe: Probe) -> None:
        with self._lock:
            self._probes.pop(probe.id, None)
