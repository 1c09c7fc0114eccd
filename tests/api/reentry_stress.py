"""Re-entry by the million, and each result compared: python -m tests.api.reentry_stress CALLS

The same exports are called from within themselves in every way that Python has, for as many calls as asked for. One
line is printed for each way, and the exit code is 1 if a single result was wrong. `make stress` runs it for long.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Callable

from wasmtime_gen import ConcurrentUseError, Engine, Linker, Module, Store, Trap

# Of each form of call there is one, and all pass through a guest that calls back.
TEXT = """
(module
  (import "host" "back" (func $back (param i32) (result i32)))
  (import "host" "back_ref" (func $back_ref (param externref) (result externref)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "add3") (param i64 i64 i64) (result i64)
    (i64.add (local.get 2) (i64.add (local.get 0) (local.get 1))))
  (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
  (func (export "through") (param i32) (result i32) (call $back (local.get 0)))
  (func (export "echo") (param externref) (result externref) (local.get 0))
  (func (export "echo_through") (param externref) (result externref) (call $back_ref (local.get 0)))
  (func (export "count") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $back (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0)))))
"""
DEPTH = 8


class Guest:
    """An instance, and how many of its calls were right and wrong."""

    def __init__(self, engine: Engine) -> None:
        self.right = 0
        self.wrong: list[tuple[str, object, object]] = []
        self.back: Callable[[int], int] = lambda n: n
        self.back_ref: Callable[[object], object] = lambda x: x
        linker = Linker(engine)
        linker.define_func("host", "back", lambda n: self.back(n), "i32 -> i32")
        linker.define_func("host", "back_ref", lambda x: self.back_ref(x), "externref -> externref")
        self.exports = linker.instantiate(Store(engine), Module.from_text(engine, TEXT)).exports

    def check(self, name: str, got: object, expected: object) -> None:
        # Signal handlers and other threads come between: what is counted by += could get lost, but no wrong result.
        if got == expected:
            self.right += 1
        else:
            self.wrong.append((name, got, expected))

    def quick(self, k: int) -> None:
        """One call of each form."""
        exports, thing = self.exports, [k]
        self.check("add", exports.add(k, 1000), k + 1000)
        self.check("add3", exports.add3(k, 2**40, -5), k + 2**40 - 5)
        self.check("swap", exports.swap(k, k + 0.5), (k + 0.5, k))
        self.check("echo", exports.echo(thing) is thing, True)


def recursion(guest: Guest, calls: int) -> None:
    """Exports call themselves through a host function, and others on the way back."""

    def back(n: int) -> int:
        found: int = guest.exports.count(n)
        guest.check("add on the way back", guest.exports.add(n, n), 2 * n)
        return found

    def back_ref(x: object) -> object:
        guest.quick(7)
        return guest.exports.echo(x)

    guest.back, guest.back_ref = back, back_ref
    while guest.right < calls and not guest.wrong:
        guest.check("count", guest.exports.count(DEPTH), DEPTH)
        thing = object()
        guest.check("echo_through", guest.exports.echo_through(thing) is thing, True)


def failures(guest: Guest, calls: int) -> None:
    """Host functions raise out of calls, at each depth, and the next results are right."""
    error = ValueError("again")

    def back(n: int) -> int:
        if n % DEPTH == 0:
            raise error
        return guest.exports.through(n - 1) + 1  # type: ignore[no-any-return]

    guest.back = back
    k = 0
    while guest.right < calls and not guest.wrong:
        k += 1
        try:
            guest.exports.through(k % DEPTH)
            guest.wrong.append(("through", "returned", error))
        except ValueError as caught:
            guest.check("through", caught is error, True)
            caught.__traceback__ = None
        guest.quick(k)


def finalizers(guest: Guest, calls: int) -> None:
    """Objects that make calls when they are collected, which happens anywhere."""

    class Late:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            guest.quick(3)

    thresholds = gc.get_threshold()
    gc.set_threshold(50)
    try:
        k = 0
        while guest.right < calls and not guest.wrong:
            k += 1
            guest.exports.echo(Late())
            guest.quick(k)
    finally:
        gc.set_threshold(*thresholds)


def signals(guest: Guest, calls: int) -> None:
    """A signal handler that makes calls, whatever it interrupts, itself included."""
    if not hasattr(signal, "setitimer"):
        return
    nested = 0

    def handler(number: int, frame: object) -> None:
        nonlocal nested
        if nested < 3:
            nested += 1
            signal.setitimer(signal.ITIMER_REAL, 0.0001)
            guest.quick(nested)
            nested -= 1
        signal.setitimer(signal.ITIMER_REAL, 0.0001)

    guest.back = lambda n: guest.exports.add(n, 1)
    guest.check("through", guest.exports.through(1), 2)
    guest.quick(1)  # loads what loads at the first call: a handler that comes into the import sees half a module
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0001)
        k = 0
        while guest.right < calls and not guest.wrong:
            k = (k + 1) % 1_000_000
            guest.quick(k)
            guest.check("through", guest.exports.through(k), k + 1)
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def threads(guest: Guest, calls: int) -> None:
    """Four threads that share the store: a right result or ConcurrentUseError."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    counts = [0] * 4
    refused = [0] * 4

    def work(number: int) -> None:
        k = 1000 * number
        while counts[number] < calls // 4 and not guest.wrong:
            k += 1
            try:
                got = guest.exports.through(k)
            except ConcurrentUseError:
                refused[number] += 1
                continue
            counts[number] += 1
            if got != k + 1:
                guest.wrong.append(("through", got, k + 1))

    def back(n: int) -> int:
        found: int = guest.exports.add(n, 1)
        return found

    guest.back = back
    started = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    try:
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    guest.right += sum(counts)


WAYS = (recursion, failures, finalizers, signals, threads)


def main(calls: int) -> int:
    engine, wrong = Engine(), 0
    for way in WAYS:
        guest = Guest(engine)
        try:
            way(guest, calls)
        except (ConcurrentUseError, Trap) as error:
            guest.wrong.append((way.__name__, error, "no error"))
        print(f"{way.__name__}: {guest.right} right, {len(guest.wrong)} wrong", *guest.wrong[:3], flush=True)
        wrong += len(guest.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
