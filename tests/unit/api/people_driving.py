"""Each route about people, sign-ins, programs, duty places and the site that changes something, driven once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pyotp
from tests.unit.api.serving import API, Browser, Served, add
from tests.unit.identity.people import PASSWORD


@dataclass
class World:
    """A served application with its first people; whoever else is wanted is made, with a name of their own."""

    site: Served
    browsers: dict[str, Browser]
    made: int = field(default=0)

    @property
    def admin(self) -> Browser:
        return self.browsers["system_administrator"]

    @property
    def security(self) -> Browser:
        return self.browsers["security_administrator"]

    @property
    def auditor(self) -> Browser:
        return self.browsers["auditor"]

    def name(self) -> str:
        self.made += 1
        return f"person{self.made}"

    def person(self, role: str = "duty_operator") -> tuple[str, Browser]:
        """Somebody new, signed in, and their id."""
        browser = add(self.site, self.browsers, role, self.name())
        return str(browser.get("/session").json()["id"]), browser

    def code(self, secret: str) -> str:
        return pyotp.TOTP(secret).generate_otp(self.site.clock.us // 30_000_000)

    def with_factor(self) -> tuple[str, Browser]:
        person, browser = self.person()
        secret = browser.post("/session/factor", None).json()["secret"]
        assert browser.post("/session/factor/confirm", {"code": self.code(secret)}).status_code == 200
        return person, browser

    def program(self) -> str:
        body = {"login_name": self.name(), "display_name": "市级平台"}
        return str(self.security.post("/programs", body).json()["id"])

    def token(self) -> Any:
        body = {"name": "2027", "permissions": ["health.read"], "days": 30}
        return self.security.post(f"/programs/{self.program()}/tokens", body)

    def place(self) -> Any:
        return self.security.post("/duty-places", {"name": "1 号席"}).json()

    def proposal(self) -> Any:
        person, _ = self.person()
        body = {"kind": "replace", "role": "auditor", "person_id": person}
        return self.admin.post("/administration/changes", body)


def take_over(world: World) -> httpx.Response:
    place = world.site.browser()
    place.post("/duty-places/enrol", {"token": world.place()["link_token"]})
    name = world.name()
    add(world.site, world.browsers, "duty_operator", name)
    return place.post("/session/take-over", {"login_name": name, "secret": PASSWORD})


def end_sign_in(world: World) -> httpx.Response:
    _, browser = world.person()
    login = browser.get("/session").json()["login_name"]
    world.site.browser().post("/session", {"login_name": login, "password": PASSWORD})
    found = browser.get("/session/sign-ins").json()["items"]
    return browser.send("DELETE", f"{API}/session/sign-ins/{next(one['id'] for one in found if not one['this'])}")


def end_sign_in_of(world: World) -> httpx.Response:
    person, _ = world.person()
    (found,) = world.security.get(f"/people/{person}/sign-ins").json()["items"]
    return world.security.send("DELETE", f"{API}/people/{person}/sign-ins/{found['id']}")


def read_notices(world: World) -> httpx.Response:
    _, browser = world.person()
    login = browser.get("/session").json()["login_name"]
    world.site.browser().post("/session", {"login_name": login, "password": PASSWORD})
    (notice,) = browser.get("/session/state").json()["notices"]
    return browser.post("/session/notices/read", {"ids": [notice["id"]]})


def confirm_factor(world: World) -> httpx.Response:
    _, browser = world.person()
    secret = browser.post("/session/factor", None).json()["secret"]
    return browser.post("/session/factor/confirm", {"code": world.code(secret)})


def enable(world: World) -> httpx.Response:
    person, _ = world.person()
    world.security.post(f"/people/{person}/disable", None)
    return world.security.post(f"/people/{person}/enable", None)


def confirm_administration(world: World) -> httpx.Response:
    """Renewed, not replaced: the others are still wanted."""
    person = next(
        one["id"] for one in world.security.get("/people").json()["items"] if one["role"]["code"] == "auditor"
    )
    body = {"kind": "renew", "role": "auditor", "person_id": person}
    change = world.admin.post("/administration/changes", body).json()["id"]
    confirmed = world.security.post(f"/administration/changes/{change}/confirm", None)
    token = confirmed.json()["invite_token"]
    world.auditor.post("/invites/redeem", {"token": token, "password": PASSWORD})
    return confirmed


Driver = Callable[[World], httpx.Response]
DRIVERS: Final[dict[str, tuple[str, Driver]]] = {
    "takeOver": ("duty_place.taken_over", take_over),
    "prove": ("people.asserted", lambda world: world.auditor.post("/session/proof", {"password": PASSWORD})),
    "readNotices": ("people.notices_read", read_notices),
    "endSignIn": ("people.sign_ins_ended", end_sign_in),
    "beginFactor": ("people.factor_begun", lambda world: world.person()[1].post("/session/factor", None)),
    "confirmFactor": ("people.factor_added", confirm_factor),
    "removeFactor": (
        "people.factor_removed",
        lambda world: world.with_factor()[1].send("DELETE", f"{API}/session/factor"),
    ),
    "renewRecoveryCodes": (
        "people.recovery_codes_made",
        lambda world: world.with_factor()[1].post("/session/factor/recovery-codes", None),
    ),
    "setPin": (
        "people.pin_set",
        lambda world: world.with_factor()[1].send("PUT", f"{API}/session/pin", {"pin": "739214"}),
    ),
    "disablePerson": (
        "people.disabled",
        lambda world: world.security.post(f"/people/{world.person()[0]}/disable", None),
    ),
    "enablePerson": ("people.enabled", enable),
    "changeRole": (
        "people.role_changed",
        lambda world: world.security.send("PUT", f"{API}/people/{world.person()[0]}/role", {"role": "maintenance"}),
    ),
    "renewInvite": ("people.invited", lambda world: world.security.post(f"/people/{world.person()[0]}/invite", None)),
    "resetFactor": (
        "people.factor_reset",
        lambda world: world.security.send("DELETE", f"{API}/people/{world.with_factor()[0]}/factor"),
    ),
    "endSignInsOf": (
        "people.sign_ins_ended",
        lambda world: world.security.send("DELETE", f"{API}/people/{world.person()[0]}/sign-ins"),
    ),
    "endSignInOf": ("people.sign_ins_ended", end_sign_in_of),
    "proposeAdministration": ("administration.proposed", lambda world: world.proposal()),
    "withdrawAdministration": (
        "administration.withdrawn",
        lambda world: world.admin.post(f"/administration/changes/{world.proposal().json()['id']}/withdraw", None),
    ),
    "confirmAdministration": ("administration.changed", confirm_administration),
    "addProgram": (
        "program.added",
        lambda world: world.security.post("/programs", {"login_name": world.name(), "display_name": "某平台"}),
    ),
    "disableProgram": (
        "program.disabled",
        lambda world: world.security.post(f"/programs/{world.program()}/disable", None),
    ),
    "issueToken": ("program.token_issued", lambda world: world.token()),
    "revokeToken": (
        "program.token_revoked",
        lambda world: world.security.send("DELETE", f"{API}/tokens/{world.token().json()['token']['id']}"),
    ),
    "addDutyPlace": ("duty_place.added", lambda world: world.security.post("/duty-places", {"name": "2 号席"})),
    "enrolDutyPlace": (
        "duty_place.enrolled",
        lambda world: world.site.browser().post("/duty-places/enrol", {"token": world.place()["link_token"]}),
    ),
    "endDutyPlace": (
        "duty_place.ended",
        lambda world: world.security.send("DELETE", f"{API}/duty-places/{world.place()['id']}"),
    ),
    "planSite": (
        "site.changed",
        lambda world: world.admin.send("PUT", f"{API}/site/plan", {"cameras": 16, "kbit_s": 4000}),
    ),
    "reviewStep": ("site.changed", lambda world: world.admin.post("/site/reviewed", {"step": "clock"})),
}
CHANGES_NOTHING: Final = {
    "lookSetup": "says whether a set-up token is good; POST keeps the token out of addresses",
    "moveHand": "that a hand moved at a duty place; what people do is recorded where they do it",
    "keepPreference": "how somebody arranges the own console: no act that the log is for",
}
