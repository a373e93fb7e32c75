"""Paths that models give, as paths; and by one name what the tools need to read, compare and write files."""

from pathlib import Path

from tui.diffs import changed_lines, diff_display
from tui.disk_file import TextFile, read_bytes, read_text, write_bytes
from tui.errors import ToolError
from tui.tools.base import ToolContext, resolve

__all__ = ["TextFile", "changed_lines", "diff_display", "path_of", "read_bytes", "read_text", "write_bytes"]


def path_of(path: str, ctx: ToolContext) -> Path:
    """Raises ToolError for a text that is no path."""
    try:
        return resolve(path, ctx.cwd)
    except (ValueError, OSError) as error:
        raise ToolError(f"{path!r} is not a usable path: {error}.") from error
