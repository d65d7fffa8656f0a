"""Which pages there are: read from the app itself, so that a new page is tried by itself."""

import ast
from pathlib import Path

APP = Path(__file__).parents[2] / "dashboard" / "app.py"


def _scripts() -> list[tuple[str, bool]]:
    """Each page's script and whether it is the one at the root, in the order of the menu."""
    found = []
    parsed = ast.parse(APP.read_text(encoding="utf-8"))
    (listed,) = (
        node.value
        for node in parsed.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGES"
    )
    for node in ast.walk(listed):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page":
            script = node.args[0]
            assert isinstance(script, ast.Constant)
            found.append(
                (Path(str(script.value)).stem, "default" in {k.arg for k in node.keywords})
            )
    return found


PAGES = [name for name, _ in _scripts()]

PATHS = {name: "" if is_root else name for name, is_root in _scripts()}
"""Page → its path in the address."""
