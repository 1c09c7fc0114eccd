"""Epochs interrupt a guest that runs too long; a background ticker counts them up."""

from wasmtime_gen import Engine, InterruptTrap, Linker, Module, Store

engine = Engine(epoch_interruption=True)
store = Store(engine)
module = Module.from_text(engine, '(module (func (export "forever") (loop (br 0))))')
forever = Linker(engine).instantiate(store, module).exports.forever

with engine.ticker(0.01):
    store.set_epoch_deadline(5)  # five ticks of 10 ms
    try:
        forever()
    except InterruptTrap as trap:
        print("stopped:", trap.message)
