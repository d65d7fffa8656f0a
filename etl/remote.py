"""Downloads: http(s) with what Python has, buckets through fsspec where its extra is installed.

Credentials come from the environment, or from the URL itself, and are shown in no message.
"""

import base64
import http.client
import logging
import os
import ssl
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from etl.archives import copy
from etl.errors import InputError
from etl.urls import expanded, redacted, scheme

TIMEOUT_SECONDS = 60.0
EXTRAS = {"s3": "s3", "gs": "gcs", "gcs": "gcs"}
_REMEDIES = {
    401: "Check the name, password or token",
    403: "Check that these credentials may read it",
    404: "Check the address",
    410: "Ask for a new link; this one has expired",
}


def fetch(url: str, folder: Path, most: int) -> list[Path]:
    """Download what `url` names into `folder`, dated as the server dates it.

    $NAME in it stands for an environment variable. A bucket's folder or pattern gives several
    files. Raises InputError, secrets left out, when it cannot be had or is larger than `most`.
    """
    kind = scheme(url)
    if kind in ("http", "https"):
        return [_from_web(expanded(url), redacted(url), folder, most)]
    if kind in EXTRAS:
        return _from_bucket(expanded(url), redacted(url), folder, most)
    if kind in ("postgresql", "postgres", "mysql", "mariadb"):
        raise InputError(
            "a database is not read by its address alone",
            where=redacted(url),
            remedy="Name a source file (erp.source.toml) that says which query gives which table",
        )
    raise InputError(
        f"{kind}:// is not a source that can be read",
        where=redacted(url),
        remedy="Give a file, a folder or an address starting with http, https, s3 or gs",
    )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but takes credentials to the same server only, and never off https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme not in ("http", "https") or (old.scheme, new.scheme) == ("https", "http"):
            raise InputError(
                "the server sends us on to an address that is not followed",
                where=f"{new.scheme}://{new.hostname or ''}",
                remedy="Check that address, and name it if you trust it",
            )
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        secret = req.unredirected_hdrs.get("Authorization")
        if request and secret and (old.scheme, old.netloc) == (new.scheme, new.netloc):
            request.add_unredirected_header("Authorization", secret)
        return request


def _from_web(url: str, shown: str, folder: Path, most: int) -> Path:
    # Raised without their causes: those quote the address as it is.
    try:
        with urllib.request.build_opener(_Redirects).open(
            _request(url), None, TIMEOUT_SECONDS
        ) as r:
            path = folder / _file_name(r.headers.get_filename() or urlsplit(url).path)
            # Some servers pack whether asked to or not.
            if r.headers.get("Content-Encoding") == "gzip":
                path = path.with_name(f"{path.name}.gz")
            size = copy(r, path, most, path.name)
            length, changed = r.headers.get("Content-Length"), r.headers.get("Last-Modified")
            kind = r.headers.get_content_type()
    except urllib.error.HTTPError as error:
        later = "Try again later" if error.code >= 429 else "Open the address in a browser"
        # Not the reason it gave: that may quote the address.
        reason = http.client.responses.get(error.code, "")
        raise InputError(
            f"the server answered {error.code} {reason}".rstrip(),
            where=shown,
            remedy=_REMEDIES.get(error.code, later),
        ) from None
    except urllib.error.URLError as error:
        raise _unreachable(shown, error.reason) from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _unreachable(shown, error) from None
    if length and length.isdigit() and int(length) != size:
        raise _broken_off(shown, size, int(length))
    if kind == "text/html" and _is_page(path):
        raise InputError(
            "the server sent a web page in place of a file",
            where=shown,
            remedy="The address may ask for a sign-in; give the one of the file itself",
        )
    _date(path, _http_date(changed))
    return path


def _request(url: str) -> urllib.request.Request:
    parts = urlsplit(url)
    user, mark, host = parts.netloc.rpartition("@")
    plain = urlunsplit(
        (parts.scheme, host, quote(parts.path, safe="%/:=&~+!$,;'@()*"), parts.query, "")
    )
    request = urllib.request.Request(plain, headers={"User-Agent": "backorders"})
    if mark:
        secret = base64.b64encode(unquote(user).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {secret}")
    return request


def _from_bucket(url: str, shown: str, folder: Path, most: int) -> list[Path]:
    extra = EXTRAS[scheme(url)]
    # They print the traces of errors that are raised as well.
    for name in ("gcsfs", "s3fs"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        import fsspec

        system, place = fsspec.core.url_to_fs(url)
    except ImportError:
        raise missing_extra(extra, shown) from None
    except Exception as error:  # each kind of bucket has errors of its own
        raise _unreachable(shown, error) from None
    try:
        names = _bucket_names(system, place)
        found = []
        for number, name in enumerate(names):
            room = folder / str(number)
            room.mkdir()
            path = room / _file_name(name)
            expected = int(system.info(name)["size"])
            if expected > most:
                raise InputError(
                    f"the file is larger than {most >> 20:,} MB",
                    where=f"{shown}: {path.name}",
                    remedy="If you trust it, download it yourself and name the file",
                )
            with system.open(name, "rb") as file:
                size = copy(file, path, most, path.name)
            if size != expected:
                raise _broken_off(shown, size, expected)
            _date(path, system.modified(name).timestamp())
            found.append(path)
    except (InputError, FileNotFoundError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("no such file", where=shown, remedy="Check the address") from None
    except Exception as error:
        raise _unreachable(shown, error) from None
    if not found:
        raise InputError(
            "no data file is there", where=shown, remedy="Check the address, or name a file"
        )
    return found


def _bucket_names(system: Any, place: str) -> list[str]:
    """One file as it is; of a folder or a pattern the data files, by name."""
    from etl.sources import is_data

    if any(mark in place for mark in "*?["):
        names = system.glob(place)
    elif system.isdir(place):
        names = [each["name"] for each in system.ls(place, detail=True) if each["type"] == "file"]
    else:
        return [place]
    return sorted(name for name in names if is_data(Path(name)) and not system.isdir(name))


def missing_extra(extra: str, shown: str) -> InputError:
    """The error for a source whose packages are not installed."""
    return InputError(
        f"the packages that read {extra} are not installed",
        where=shown,
        remedy=f"Install them with `pip install 'backorders[{extra}]'`",
    )


def _file_name(path: str) -> str:
    """A plain name out of a server's: no folders, no hidden file, nothing unprintable."""
    name = PurePosixPath(unquote(path).replace("\\", "/")).name
    name = "".join(c if c.isprintable() else "_" for c in name).lstrip(".~ ")
    return name[-120:] or "download"


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _http_date(text: str | None) -> float:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return time.time()
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _date(path: Path, moment: float) -> None:
    # A clock that runs ahead must not make this export the newest for good.
    moment = min(moment, datetime.now(UTC).timestamp())
    os.utime(path, (moment, moment))


def _broken_off(shown: str, size: int, expected: int) -> InputError:
    return InputError(
        f"the download broke off after {size:,} of {expected:,} bytes",
        where=shown,
        remedy="Run the command again",
    )


def _unreachable(shown: str, error: object) -> InputError:
    what = "it took too long" if isinstance(error, TimeoutError) else ""
    if isinstance(error, ssl.SSLCertVerificationError):
        what = f"its certificate is not trusted ({error.verify_message})"
    elif isinstance(error, OSError) and error.strerror:
        what = what or error.strerror
    lines = redacted(str(error)).splitlines() or [type(error).__name__]
    return InputError(
        f"the address cannot be read: {what or lines[0]}",
        where=shown,
        remedy="Check the address, the network and the credentials in the environment",
    )
