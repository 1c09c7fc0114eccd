// Values that count on, jump, are negative, repeat.
enum plain_enum { PLAIN_A, PLAIN_B, PLAIN_C };
enum jumping_enum { JUMP_TWO = 2, JUMP_THREE, JUMP_ALIAS = JUMP_TWO, JUMP_HEX = 0x10 };
enum negative_enum { NEGATIVE = -1, BIG = 0x7fffffff };
