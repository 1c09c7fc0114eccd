// What a plug-in in C can call: the methods of the Protocol Host, and what their texts need to cross.
// A text is UTF-8 at an address, with a size and without a NUL at its end.
#include <stddef.h>
#include <stdint.h>

#define HOST(name) __attribute__((import_module("host"), import_name(name)))

HOST("log") void host_log(const char *text, size_t size);
HOST("set") void host_set(const char *key, size_t key_size, const char *value, size_t value_size);

// These return the size of a text, which waits for host_take(); or -1 if there is none.
HOST("get") int32_t host_get(const char *key, size_t size);
HOST("call") int32_t host_call(const char *plugin, size_t plugin_size, const char *text, size_t text_size);

HOST("take") void host_take(char *into);
HOST("answer") void host_answer(const char *text, size_t size);

// What the plug-in defines: it runs on a text of this size, which waits for host_take().
__attribute__((export_name("run"))) void run(size_t size);
