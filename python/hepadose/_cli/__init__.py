"""The command line: `hepadose demo | info | dvh | check | flip | isotoxic | eligibility | schedules | protocols | ...`.

Exit codes: 0 when all mandatory goals are met (also where that a protocol applies has still to be confirmed), 1 when
one is not met or not evaluable, 2 for any error. docs/commands.md has those of every command.
"""

import sys
import traceback

from hepadose._cli.words import as_options
from hepadose.errors import HepadoseError

__all__ = ["main"]

_ERROR = 2
_INTERRUPTED = 130


def main() -> int:
    """Run the command line and give its exit code."""
    try:
        from hepadose._cli.app import app  # noqa: PLC0415 - the extra may be missing, and only this needs it

        code = app(prog_name="hepadose", standalone_mode=False)
    except SystemExit as done:
        code = done.code
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever goes wrong ends in exit code 2
        if "--debug" in sys.argv:
            traceback.print_exc()
        if type(error).__name__ == "NoArgsIsHelpError":
            getattr(error, "show")()  # noqa: B009 - the help itself, of a command that was given nothing
            return _ERROR
        print(f"error: {_in_one_line(error)}", file=sys.stderr)
        return _ERROR
    if code == _INTERRUPTED:
        print("stopped by Ctrl-C", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _in_one_line(error: Exception) -> str:
    """Say what is wrong and what to do, without a path."""
    format_message = getattr(error, "format_message", None)
    if format_message is not None:  # a word of the command line that is none
        words = " ".join(format_message().split()).rstrip(".").replace("Value error, ", "")
        return f"{words}; see: {_command()} --help"
    if isinstance(error, HepadoseError):
        return as_options(" ".join(str(error).split()))
    if isinstance(error, ModuleNotFoundError) and error.name in {"rich", "typer"}:
        return f'{error.name} is needed for the command line; install it with: pip install "hepadose[cli]"'
    if isinstance(error, OSError):
        said = str(error.strerror or type(error).__name__)
        return said if ";" in said else f"{said}; give a file or folder that exists and that you may use"
    if isinstance(error, ValueError | TypeError):
        return as_options(" ".join(str(error).split()))
    return f"{type(error).__name__}, which should not happen; run it again with --debug and report what it prints"


def _command() -> str:
    """Name the command that was typed, as far as its words are ones."""
    from typer.main import get_command  # noqa: PLC0415 - only an error needs it

    from hepadose._cli.app import app  # noqa: PLC0415 - the same

    command: object = get_command(app)
    words = ["hepadose"]
    for word in sys.argv[1:]:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            break
        words.append(word)
    return " ".join(words)
