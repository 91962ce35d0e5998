"""The registry as tables: try one, import one, take one away."""

from typing import Annotated, Any, Final, Literal

from fastapi import Body, Depends, Query, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from mingjian.api.channels import read_address
from mingjian.api.deps import AppContext, Caller, Context, Data, Door, Requires
from mingjian.api.routing import versioned
from mingjian.api.schema import Shape
from mingjian.identity.permissions import Permission
from mingjian.registry import exporting, importing, sheets
from mingjian.registry.columns import TABLE_KINDS

router = versioned("registry")

Manager = Annotated[Caller, Depends(Requires(Permission.REGISTRY_MANAGE))]
Exporter = Annotated[Caller, Depends(Requires(Permission.REGISTRY_EXPORT))]
TableCode = Literal["organisations", "places", "channels"]
FormatCode = Literal["csv", "xlsx"]
Table = Annotated[bytes, Body(media_type="application/octet-stream")]
BODIES: Final = {"/registry/imports": sheets.MOST_BYTES}
_FILE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {}, exporting.MEDIA_TYPES["xlsx"]: {}}}}


class RowProblem(Shape):
    """What is wrong in one row of a table, and what to do; `row` is the number that a spreadsheet shows."""

    row: int
    column: str
    zh: str
    en: str
    advice_zh: str
    advice_en: str


class TableReport(Shape):
    """What a table would do or did. With one error nothing is imported; `errors` holds the first of `error_count`."""

    kind: TableCode
    rows: int
    imported: bool
    errors: list[RowProblem]
    error_count: int
    sha256: str

    @classmethod
    def of(cls, tried: importing.Tried, *, imported: bool) -> "TableReport":
        errors = [
            RowProblem(
                row=one.row,
                column=one.column,
                zh=one.reason.zh,
                en=one.reason.en,
                advice_zh=one.advice.zh,
                advice_en=one.advice.en,
            )
            for one in tried.errors
        ]
        return cls.model_validate(
            {
                "kind": tried.kind.code,
                "rows": tried.rows,
                "imported": imported,
                "errors": errors,
                "error_count": tried.error_count,
                "sha256": tried.digest,
            }
        )


class ExportRequest(Shape):
    """What to take: of which kind, as what file, below which node of the tree (empty: all that you reach)."""

    kind: TableCode
    format: FormatCode = "xlsx"
    under: str = Field(default="", max_length=64, pattern=r"^[a-z0-9:-]*$")


Kind = Annotated[TableCode, Query()]


@router.post("/registry/imports/try", operation_id="tryTable")
async def try_table(kind: Kind, table: Table, context: Context, data: Data, caller: Manager) -> TableReport:
    """Read a CSV or XLSX file and say what importing it would do. Nothing is changed."""
    return await run_in_threadpool(_try, kind, table, context, data, caller)


@router.post("/registry/imports", operation_id="importTable")
async def import_table(kind: Kind, table: Table, context: Context, data: Data, caller: Manager) -> TableReport:
    """Import a CSV or XLSX file: every row, or nothing when one is wrong."""
    return await run_in_threadpool(_import, kind, table, context, data, caller)


@router.get(
    "/registry/template", operation_id="tableTemplate", response_class=Response, responses=_FILE,
    dependencies=[Depends(Requires(Permission.REGISTRY_MANAGE))],
)  # fmt: skip
def table_template(kind: Kind, form: Annotated[FormatCode, Query(alias="format")] = "xlsx") -> Response:
    """A table with the right header and one row that shows how."""
    return _file(exporting.template(TABLE_KINDS[kind], form), f"{kind}-template", form)


@router.post("/registry/exports", operation_id="exportTable", response_class=Response, responses=_FILE)
def export_table(body: ExportRequest, data: Data, caller: Exporter) -> Response:
    """Organisations, places or channels that you reach, as a table that can be imported; passwords are not in it."""
    with data.write() as tx:
        table = exporting.export(
            tx,
            TABLE_KINDS[body.kind],
            body.format,
            caller.reach(Permission.REGISTRY_EXPORT),
            under=body.under,
            by=caller.actor,
            now_us=caller.visit.now_us,
        )
    return _file(table.data, body.kind, body.format)


def _try(kind: TableCode, table: bytes, context: AppContext, data: Door, caller: Caller) -> TableReport:
    with data.read() as tx:
        tried = importing.try_table(
            tx,
            TABLE_KINDS[kind],
            table,
            may=caller.reach(Permission.REGISTRY_MANAGE).covers,
            read_address=read_address,
            vault=context.vault,
            now_us=caller.visit.now_us,
        )
    return TableReport.of(tried, imported=False)


def _import(kind: TableCode, table: bytes, context: AppContext, data: Door, caller: Caller) -> TableReport:
    with data.write() as tx:
        done = importing.import_table(
            tx,
            TABLE_KINDS[kind],
            table,
            may=caller.reach(Permission.REGISTRY_MANAGE).covers,
            read_address=read_address,
            vault=context.vault,
            by=caller.actor,
            now_us=caller.visit.now_us,
        )
        tx.after_commit(context.media.hint_threadsafe)
    return TableReport.of(done, imported=True)


def _file(data: bytes, name: str, form: FormatCode) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return Response(data, media_type=exporting.MEDIA_TYPES[form], headers=headers)
