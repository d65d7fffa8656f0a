"""The rules of the house: who imports whom, where SQL lives, and nothing of one machine in it."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SKIPPED = {
    ".git",
    ".venv",
    "data",
    "build",
    "dist",
    "__pycache__",
    ".hypothesis",
    "backorders.egg-info",
}
SQL = re.compile(
    r"\bfrom\s+\w+\.\w|\bselect\s+(\*|distinct\b|\w+\()|\binsert\s+into\b|\bcreate\s+(table|view)\b"
)


def files(root: Path) -> list[Path]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [each for each in folders if each not in SKIPPED and "_cache" not in each]
        found += [Path(folder, name) for name in names]
    return found


def test_the_import_contracts_are_kept(root: Path) -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def strings(path: Path) -> list[str]:
    """Text constants of a module, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def test_pages_hold_no_sql(root: Path) -> None:
    pages = sorted((root / "dashboard" / "app_pages").glob("*.py"))
    assert len(pages) > 1
    for page in pages:
        found = [text for text in strings(page) if SQL.search(text.lower())]
        assert not found, f"{page.name} holds SQL, which belongs in queries.py: {found}"


def test_polars_never_calls_back_into_python(root: Path) -> None:
    # Its threads would wait for Python's lock, which a visitor's to_pandas() holds while it waits
    # for those threads: the server then stands still for good.
    for package in ("dashboard", "sql"):
        for path in sorted((root / package).rglob("*.py")):
            called = {
                node.func.attr
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            }
            assert not called & {"map_elements", "map_batches", "map_rows", "map_groups"}, path


def test_what_counts_as_sql_is_seen() -> None:
    assert SQL.search("select a\nfrom backlog.lines")
    assert SQL.search("from backlog.lines limit 3")
    assert SQL.search("select count(*) as n")
    assert not SQL.search("select a customer to see what came from stock. select all")


def test_nothing_of_one_machine_is_in_the_repository(root: Path) -> None:
    paths = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + "home/", "/" + "tmp/"]))
    for path in files(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found = paths.search(text)
        assert not found, f"{path.relative_to(root)} names a path of one machine: {found}"


def test_the_lock_names_no_registry_and_pins_every_hash(root: Path) -> None:
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    pins = re.findall(r"^([a-z0-9-]+)==", text, re.M)
    assert text.count("--hash=sha256:") >= len(pins) > 40


def test_every_dependency_is_locked_and_gives_its_reason(root: Path) -> None:
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = (root / "requirements.lock").read_text(encoding="utf-8")
    for requirement in wanted:
        name = re.split(r"[][<>=]", requirement)[0]
        assert re.search(rf"^{name}==", locked, re.M), f"{name} is not in requirements.lock"
        assert re.search(rf'^    "{re.escape(requirement)}",\s+# \S', text, re.M), f"{name}: why?"


@pytest.mark.parametrize("package", ["etl", "sql"])
def test_only_the_command_line_prints_and_exits(root: Path, package: str) -> None:
    for path in sorted((root / package).rglob("*.py")):
        if path.name in ("cli.py", "__main__.py"):
            continue
        names = {
            node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        }
        assert not names & {"print", "exit", "sys.exit", "click.echo"}, path
