/* More than a thousand functions in one module: a tree of them, each a frame of its own, made by macros. */
#include "faasm.h"

static uint32_t total;

#define LEAF(name, number)                                        \
  KEEP_FRAME void step_##name(void) {                             \
    _Pragma("nounroll") for (uint32_t i = 0; i < 64; i++) total = total * 31u + i + number##u; \
  }
#define BRANCH(name)                                              \
  KEEP_FRAME void group_##name(void) {                            \
    step_##name##0(), step_##name##1(), step_##name##2(), step_##name##3(), step_##name##4(); \
    step_##name##5(), step_##name##6(), step_##name##7(), step_##name##8(), step_##name##9(); \
  }
#define TEN(name)                                                                                      \
  LEAF(name##0, 1##name##0) LEAF(name##1, 1##name##1) LEAF(name##2, 1##name##2) LEAF(name##3, 1##name##3) \
  LEAF(name##4, 1##name##4) LEAF(name##5, 1##name##5) LEAF(name##6, 1##name##6) LEAF(name##7, 1##name##7) \
  LEAF(name##8, 1##name##8) LEAF(name##9, 1##name##9) BRANCH(name)
#define HUNDRED(name)                                                                          \
  TEN(name##0) TEN(name##1) TEN(name##2) TEN(name##3) TEN(name##4)                             \
  TEN(name##5) TEN(name##6) TEN(name##7) TEN(name##8) TEN(name##9)                             \
  KEEP_FRAME void family_##name(void) {                                                        \
    group_##name##0(), group_##name##1(), group_##name##2(), group_##name##3(), group_##name##4(); \
    group_##name##5(), group_##name##6(), group_##name##7(), group_##name##8(), group_##name##9(); \
  }

HUNDRED(0) HUNDRED(1) HUNDRED(2) HUNDRED(3) HUNDRED(4)
HUNDRED(5) HUNDRED(6) HUNDRED(7) HUNDRED(8) HUNDRED(9)

KEEP_FRAME void visit_all(void) {
  family_0(), family_1(), family_2(), family_3(), family_4();
  family_5(), family_6(), family_7(), family_8(), family_9();
}

int main(void) {
  for (int round = 0; round < 10; round++) visit_all();
  char output[8];
  for (int digit = 0; digit < 8; digit++) output[digit] = "0123456789abcdef"[(total >> (28 - 4 * digit)) & 15];
  __faasm_write_output(output, sizeof output);
  return 0;
}
