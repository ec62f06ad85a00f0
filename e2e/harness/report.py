"""Prints one line a check and counts them; the whole run ends in "N passed, N failed"."""
import time
import traceback
from contextlib import contextmanager


class Report:
    def __init__(self):
        self.passed, self.failed = 0, 0

    @contextmanager
    def check(self, name):
        """A check passes unless its body raises; the others go on."""
        began = time.monotonic()
        try:
            yield
        except AssertionError as error:
            self._failed(name, str(error))
        except Exception:  # noqa: BLE001: whatever it is, it belongs into the report
            self._failed(name, traceback.format_exc())
        else:
            self.passed += 1
            print(f"ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)

    def _failed(self, name, text):
        self.failed += 1
        lines = text.strip().splitlines() or ["no reason was given"]
        shown = lines[:25] + ([f"... and {len(lines) - 25} more lines"] if len(lines) > 25 else [])
        print(f"FAILED  {name}\n" + "\n".join(f"        {line}" for line in shown), flush=True)

    def add(self, passed, failed):
        self.passed += passed
        self.failed += failed


def none(lines, what):
    """Fails with the lines when there are any."""
    lines = list(lines)
    assert not lines, f"{len(lines)} {what}:\n" + "\n".join(lines)
