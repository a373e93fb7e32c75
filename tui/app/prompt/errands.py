"""What the prompts of all panes need from outside: images from files, commands of one's own, drafts kept.

It knows the settings of ``[prompt]``, and looks at the disk in threads alone.
"""

from collections.abc import Mapping
from pathlib import Path

from tui.app.prompt.files import files_like
from tui.app.tabs.layout import Shelf, draft_key
from tui.engine.calls.bridge import Threads
from tui.engine.window import pictures
from tui.engine.window.pictures import Named
from tui.messages import ImagePart
from tui.providers.base import Models
from tui.settings.own_commands import OwnCommand, OwnCommands
from tui.settings.prompt import PromptConfig


class Errands:
    """One for the program. ``config`` is the folder of config.toml, None where there is none to look into."""

    def __init__(
        self, bridge: Threads, models: Models, shelf: Shelf, *, root: Path, config: Path | None, prompt: PromptConfig
    ) -> None:
        self._bridge = bridge
        self._models = models
        self._shelf = shelf
        self._own = OwnCommands(config, root)
        self.prompt = prompt

    @property
    def enter_steers(self) -> bool:
        """Whether enter sends into a running turn, and the other key behind it."""
        return self.prompt.enter == "steer"

    def sees(self, model: str) -> bool:
        """Whether a model takes images."""
        return self._models.sees(model)

    async def files_like(self, folder: Path, query: str) -> list[str]:
        """Files for a name that is being typed."""
        return await files_like(folder, query)

    async def images_in(self, folder: Path, text: str, known: Mapping[str, ImagePart]) -> tuple[ImagePart, ...]:
        """See ``tui.engine.window.pictures.read_images``."""
        return await pictures.read_images(folder, text, self._bridge, known)

    async def image_facts(self, folder: Path, text: str) -> list[Named]:
        """What would go along with a prompt."""
        return await pictures.look(folder, text, self._bridge)

    async def image_marks(self, folder: Path, text: str) -> str:
        """See ``tui.engine.window.pictures.marked``."""
        return await pictures.marked(folder, text, self._bridge)

    async def own_commands(self) -> list[OwnCommand]:
        """The commands of the person and of the project, as the files are now."""
        return await self._bridge.run(self._own.all)

    def keep_draft(self, session_id: str, text: str, *, held: bool = False) -> None:
        """On its way to the disk, before all that is written behind it. ``held``: see ``draft_key``."""
        self._shelf.put(draft_key(session_id, held=held), text)
