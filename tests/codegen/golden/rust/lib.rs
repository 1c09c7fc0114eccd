#[unsafe(no_mangle)]
pub extern "C" fn store_new(parent: Option<&store_t>, data: *mut c_void, finalizer: Option<finalizer_t>) -> Box<store_t> {}
#[unsafe(no_mangle)]
pub extern "C" fn store_call(
    store: WasmtimeStoreContextMut<'_>, bytes: *const u8, size: usize, trap: &mut *mut store_t, fuel: &mut MaybeUninit<u64>,
) -> Option<Box<wasmtime_error_t>> {}
#[unsafe(no_mangle)]
pub extern "C" fn store_delete(store: Box<store_t>) {}
#[unsafe(no_mangle)]
pub extern "C" fn store_name(store: &store_t) -> *const c_char {}
pub type finalizer_t = extern "C" fn(*mut c_void);
