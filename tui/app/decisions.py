"""What a person decides about calls beyond yes and no: edit, always, the mode, and what was allowed before.

Part of the verbs of the workspace screen. Each of these shows what it would do before it does it.
"""

from tui.app.pane import Pane
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.engine.policy.rules import MODES
from tui.engine.session import Session
from tui.errors import PenstockError, UsageError
from tui.events import ApprovalRequested


class Decisions:
    """Of one workspace screen."""

    def __init__(self, screen: WorkspaceScreen, program: Program) -> None:
        self._screen = screen
        self._program = program

    async def further(self, pane: Pane, asked: ApprovalRequested, value: str) -> None:
        """ "Always" or "edit" was chosen in a pane's question."""
        if pane.session is None:
            return
        await self.decide(pane.session, asked, value)
        pane.draw()
        if pane.ask_bar.request is not None:
            pane.ask_bar.focus()

    async def decide(self, session: Session, asked: ApprovalRequested, value: str) -> None:
        """The same for a question that is shown anywhere. Raises PenstockError like the session's verbs."""
        if value == "edit":
            await self._edit(session, asked)
        else:
            await self._always(session, asked)

    async def _edit(self, session: Session, asked: ApprovalRequested) -> None:
        from tui.app.screens.edit_call import EditCall  # noqa: PLC0415

        async def check(arguments: str) -> str:
            try:
                session.decide(asked.approval_id, "allow", arguments=arguments)
            except PenstockError as error:
                return error.sentence()
            return ""

        await self._program.ask(EditCall(f"Edit, then run: {asked.tool}", asked.arguments, check))

    async def _always(self, session: Session, asked: ApprovalRequested) -> None:
        from tui.app.screens.rules import ConfirmRule  # noqa: PLC0415

        rule = session.suggested_rule(asked.approval_id)
        if rule is None:
            raise UsageError("No rule can say this.", hint="Allow it once, or for this session.")
        rulings = self._screen.workspace.rulings
        matches = await rulings.past_matches(rule)
        if await self._program.ask(ConfirmRule(rule, matches)):
            await session.allow_always(asked.approval_id, rule)

    async def mode(self, session: Session, rest: str) -> None:
        """Change a session's mode to the one named, or to the one that is picked."""
        from tui.app.screens.rules import modes_list  # noqa: PLC0415

        rulings = self._screen.workspace.rulings
        rules = await rulings.rules()
        name = rest or await self._program.ask(modes_list(session.mode, rules.ceiling))
        if name is None:
            return
        if name not in MODES:
            raise UsageError(f"There is no mode {name!r}.", hint=f"There are: {', '.join(MODES)}.")
        wanted = MODES[MODES.index(name)]
        session.change_mode(wanted)
        counts = rules.narrowed(wanted)
        more = f" This project allows no more than {counts}, and that is what counts." if counts != wanted else ""
        self._screen.notify(f"Mode: {wanted}.{more}", markup=False)

    async def rules(self, session: Session) -> None:
        """Show rules and grants; take back those that are picked, until the list is left."""
        from tui.app.screens.rules import removal_list, rules_list  # noqa: PLC0415

        rulings = self._screen.workspace.rulings
        while True:
            rules = await rulings.rules()
            picked = await self._program.ask(rules_list(rules, session.state.grants.values()))
            if picked is None:
                return
            kind, _, name = str(picked).partition(" ")
            if not kind:
                continue
            grant = session.state.grants.get(name)
            rule = rules.rules[int(name)] if kind == "rule" else None
            what = rule.text if rule is not None else f"{grant.tool} {grant.pattern}" if grant is not None else ""
            if await self._program.ask(removal_list(what)) != "remove":
                continue
            if rule is not None:
                await rulings.remove(rule)
            elif grant is not None:
                session.revoke(grant.grant_id)
