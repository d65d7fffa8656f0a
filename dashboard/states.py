"""The screens for when there is nothing, nothing left, something old, or something broken."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from dashboard import filters, formats, queries
from dashboard.queries import About, DataError, Snapshot
from dashboard.texts import _


def no_data() -> None:
    """Before the first refresh: what is missing and the commands that mend it."""
    folder = queries.store_dir()
    st.title(_("No data yet"))
    st.markdown(
        _(
            "The dashboard shows the newest published snapshot, and none has"
            " been published in `{folder}`. It appears here by itself a few"
            " seconds after the first refresh."
        ).format(folder=folder)
    )
    with st.grid(2, min_column_width=320, gap="medium"):
        with st.container(border=True):
            st.markdown(_("**Look at the sample business first**"))
            st.caption(_("A small invented maker of candles, heaters, fans and mugs."))
            st.code(
                f"backorders demo --no-serve --db {_quoted(str(folder))}",
                language="bash",
                wrap_lines=True,
            )
        with st.container(border=True):
            st.markdown(_("**Load your own exports**"))
            st.caption(_("CSV, Excel, Parquet or JSON; files are recognised by their headers."))
            st.code(
                f"backorders refresh exports/ --db {_quoted(str(folder))}",
                language="bash",
                wrap_lines=True,
            )
    st.caption(
        _(
            "`backorders template templates/` writes empty files with every column that can be"
            " loaded; sales order lines and inventory balances are enough for a first result."
        )
    )


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path


def broken(error: DataError, snap: Snapshot | None) -> None:
    """The snapshot is there and cannot be read."""
    folder = _quoted(str(queries.store_dir()))
    st.title(_("The figures cannot be read"))
    st.error(
        formats.plain(str(error)),
        title=_("Snapshot {version} does not answer").format(version=snap.version if snap else ""),
        icon=":material/error:",
    )
    st.markdown(
        _(
            "The file may be damaged, or built by another version of Backorders. Nothing is lost:"
            " the inputs and the snapshots before it are still there."
        )
    )
    st.code(
        f"backorders status --db {folder}\n"
        f"backorders rollback --db {folder}    # show the snapshot before this one\n"
        f"backorders build --db {folder}       # build this one again",
        language="bash",
        wrap_lines=True,
    )


def banner(about: About, today: date) -> None:
    """Says when the figures are invented, or old."""
    if about.is_sample:
        st.info(
            _(
                "**Sample data**: the figures of an invented company. Load your own exports on the"
                " page *Data*, or with `backorders refresh`."
            ),
            icon=":material/science:",
        )
        return
    age = (today - about.as_of).days
    if age > about.stale_after_days:
        st.warning(
            _(
                "**Old data**: as of {day}, {ago}. What was ordered, shipped or received since"
                " is missing. Load newer exports with `backorders refresh`."
            ).format(day=formats.day(about.as_of), ago=formats.ago(timedelta(age))),
            icon=":material/history:",
        )


def freshness(about: About, snap: Snapshot) -> None:
    """One line: as of when, loaded when, in which currency, from which snapshot."""
    facts = [_("**As of {day}**").format(day=formats.day(about.as_of))]
    if about.loaded_at:
        now = datetime.now(UTC).replace(tzinfo=None)
        facts.append(
            _("loaded {moment} ({ago})").format(
                moment=formats.moment(about.loaded_at), ago=formats.ago(now - about.loaded_at)
            )
        )
    if about.currency:
        facts.append(_("money in {currency}").format(currency=formats.plain(about.currency)))
    else:
        facts.append(_("money in no stated currency"))
    facts.append(_("snapshot {version}").format(version=formats.plain(snap.version)))
    st.caption(" · ".join(facts))


def nothing_matches() -> None:
    """The filters leave no open line."""
    st.info(
        _("No open order line matches these filters. Remove one above, or clear them all."),
        title=_("Nothing here"),
        icon=":material/filter_alt_off:",
    )
    st.button(_("Clear all filters"), on_click=filters.clear, key="clear_empty", type="primary")


def nothing_to_do() -> None:
    """No action to list."""
    st.success(
        _(
            "For open orders nothing has to be ordered, made, asked, told or paid back within the"
            " days looked at."
        ),
        title=_("Nothing to do"),
        icon=":material/check_circle:",
    )


def no_cash() -> None:
    """Nothing sold and nothing bought that money hangs on."""
    st.info(
        _(
            "Cash follows from orders, deliveries and payments: load exports of sales order lines"
            " and purchase order lines; payments and payment terms tell what was paid and what is"
            " due."
        ),
        title=_("No money hangs on what is loaded"),
        icon=":material/upload_file:",
    )


def nothing_waits() -> None:
    """No line was made to order, sold ahead, or short."""
    st.info(
        _(
            "No order of it was made to order, sold ahead, or short of stock. Older orders are not"
            " judged here; the page *Backlog* has all that wait."
        ),
        title=_("Nothing ordered in the last year waited"),
        icon=":material/check_circle:",
    )


def no_bills() -> None:
    """No bill of materials: nothing is known of making."""
    st.info(
        _(
            "Nothing tells what items are made of: load an export of bills of materials"
            " (`bom_lines`) to see what can be made now, and which components keep the rest. What"
            " is to buy and to make is shown all the same; components of what is to make are not"
            " known."
        ),
        title=_("No bill of materials"),
        icon=":material/category:",
    )


def no_supply() -> None:
    """No purchase order and no production order."""
    st.info(
        _(
            "Suppliers are judged by what was ordered from them: load an export of purchase order"
            " lines, or of production orders; receipts tell on which day goods came."
        ),
        title=_("No purchase orders are loaded"),
        icon=":material/upload_file:",
    )


def nothing_open(about: About) -> None:
    """No filter, and still no open line."""
    if not about.order_lines:
        st.info(
            _(
                "Stock and purchase orders alone show no backlog. Load an export of sales order"
                " lines; `backorders template` writes a file with the columns it may have."
            ),
            title=_("No sales orders are loaded"),
            icon=":material/upload_file:",
        )
        return
    st.success(
        _("Every order line in the data is shipped, cancelled or closed."),
        title=_("Nothing is waiting"),
        icon=":material/check_circle:",
    )
