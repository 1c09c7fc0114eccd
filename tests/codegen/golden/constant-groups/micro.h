// Macros that belong together become an IntEnum, in the order of their values, and stay constants.
#define COLOR_RED 2
#define COLOR_GREEN 1
#define COLOR_BLUE 3
#define SHAPE_ROUND 0
#define SHAPE_SQUARE 1
#define ALONE 9
