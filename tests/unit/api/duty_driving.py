"""A request for each route of duty that changes something, with what it leaves in the log."""

from typing import Any, Final

import httpx
from tests.unit.api.serving import API, Browser, Served, add
from tests.unit.identity.people import PASSWORD

Driver = Any


def on_duty(site: Served, browsers: dict[str, Browser]) -> str:
    """A post with an operator on duty; its id. Others of both roles stand by."""
    manager = browsers["security_manager"] = add(site, browsers, "security_manager", "manager")
    browsers["duty_operator"] = add(site, browsers, "duty_operator", "zhang.wei")
    browsers["next"] = add(site, browsers, "duty_operator", "li.qiang")
    post = manager.post("/duty/posts", {"name": "值班室"})
    assert post.status_code == 201, post.text
    begun = browsers["duty_operator"].post(f"/duty/posts/{post.json()['id']}/shifts", {})
    assert begun.status_code == 201, begun.text
    return str(post.json()["id"])


def id_of(browser: Browser) -> str:
    return str(browser.get("/session").json()["id"])


def week_of(person_id: str) -> dict[str, Any]:
    return {"week": [{"weekday": 0, "slots": [{"start": "08:00", "minutes": 720, "person_id": person_id}]}]}


def manages(method: str, path: str, body: Any = None) -> Driver:
    """The manager does it to the post."""

    def drive(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
        post = on_duty(site, browsers)
        told = body(id_of(browsers["duty_operator"])) if callable(body) else body
        return browsers["security_manager"].send(method, API + path.format(post=post), told)

    return drive


def end_post(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    post = on_duty(site, browsers)
    assert browsers["duty_operator"].post("/duty/shift/end", {}).status_code == 200
    return browsers["security_manager"].send("DELETE", f"{API}/duty/posts/{post}")


def end_shift(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    on_duty(site, browsers)
    return browsers["duty_operator"].post("/duty/shift/end", {})


def relieve(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    on_duty(site, browsers)
    shift = browsers["security_manager"].get("/duty/shifts").json()["items"][0]["id"]
    return browsers["security_manager"].post(f"/duty/shifts/{shift}/relieve", {"reason": "联系不上"})


def submit(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    on_duty(site, browsers)
    return browsers["duty_operator"].post("/duty/handovers", {"summary": "夜间平稳"})


def withdraw(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    sheet = submit(site, browsers).json()["id"]
    return browsers["duty_operator"].post(f"/duty/handovers/{sheet}/withdraw", {})


def confirm(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    sheet = submit(site, browsers).json()["id"]
    return browsers["next"].post(f"/duty/handovers/{sheet}/confirm", {"remark": "已核对"})


def confirm_here(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    sheet = submit(site, browsers).json()["id"]
    body = {"login_name": "li.qiang", "secret": PASSWORD, "remark": "已核对"}
    return browsers["duty_operator"].post(f"/duty/handovers/{sheet}/confirm-here", body)


def write(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    on_duty(site, browsers)
    return browsers["duty_operator"].post("/duty/log", {"category": "watch", "text": "巡看一遍，正常"})


def tick(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    on_duty(site, browsers)
    tasks = browsers["duty_operator"].get("/duty/desk").json()["tasks"]
    task = next(one["task"]["id"] for one in tasks if one["task"]["kind"] == "once")
    return browsers["duty_operator"].post("/duty/checks", {"task_id": task, "note": "正常"})


def add_post(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    manager = add(site, browsers, "security_manager", "manager")
    return manager.post("/duty/posts", {"name": "值班室"})


def begin(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    post = add_post(site, browsers).json()["id"]
    return add(site, browsers, "duty_operator", "zhang.wei").post(f"/duty/posts/{post}/shifts", {})


_DAY: Final = {"name": "国庆节", "slots": []}
_TASKS: Final = {"items": [{"title": {"zh": "巡更", "en": "round"}, "kind": "timed", "times": ["22:00", "02:00"]}]}
DRIVERS: Final[dict[str, tuple[str, Driver]]] = {
    "addDutyPost": ("duty_post.added", add_post),
    "changeDutyPost": ("duty_post.changed", manages("PUT", "/duty/posts/{post}", {"name": "监控中心"})),
    "endDutyPost": ("duty_post.ended", end_post),
    "setDutyWeek": ("duty_post.roster_set", manages("PUT", "/duty/posts/{post}/week", week_of)),
    "setDutyDay": ("duty_post.roster_set", manages("PUT", "/duty/posts/{post}/days/2027-10-01", _DAY)),
    "clearDutyDay": ("duty_post.roster_set", manages("DELETE", "/duty/posts/{post}/days/2027-10-01")),
    "setDutyTasks": ("duty_post.tasks_set", manages("PUT", "/duty/posts/{post}/tasks", _TASKS)),
    "beginShift": ("duty.begun", begin),
    "endShift": ("duty.ended", end_shift),
    "relieveShift": ("duty.relieved", relieve),
    "submitHandover": ("duty.handover_submitted", submit),
    "withdrawHandover": ("duty.handover_withdrawn", withdraw),
    "confirmHandover": ("duty.handed_over", confirm),
    "confirmHandoverHere": ("duty.handed_over", confirm_here),
    "writeDutyLog": ("duty.logged", write),
    "tickDutyTask": ("duty.task_done", tick),
}
