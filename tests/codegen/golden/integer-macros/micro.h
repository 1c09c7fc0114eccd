// Every way to write a whole number, and macros without a value.
#define GUARD_H
#define DECIMAL 42
#define HEX 0xff
#define SUFFIXED 0xffffffffffffffffULL
#define UNSIGNED 7u
#define NEGATIVE -1
#define PARENTHESISED (-5)
#define SPACED (0x10U)
