// Code: seen and excused, also when it is undefined later. A body in parentheses is none.
#define TWICE(x) ((x) + (x))
#define DECLARE(name) void name(void);
DECLARE(one)
DECLARE(two)
#undef DECLARE
#define CALL() one()
#define FIVE() 5
#define NUMBER (3)
#define SUM 1 + 2
