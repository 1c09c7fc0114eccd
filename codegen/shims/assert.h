#pragma once
#define static_assert _Static_assert
/* Evaluates nothing, but keeps `assert(false)` the end of its path, so that -Wreturn-type stays quiet. */
#define assert(condition) ((condition) ? (void)0 : __builtin_trap())
