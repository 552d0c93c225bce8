/* Faasm's host interface, as functions of this package use it (names and types as in libfaasm). */
#ifndef FAASM_TASKS_FAASM_H
#define FAASM_TASKS_FAASM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FAASM_HOST(name) __attribute__((import_module("env"), import_name(#name)))

/** Keeps a function as a frame of its own in the graph. */
#define KEEP_FRAME __attribute__((noinline))

FAASM_HOST(__faasm_read_input) long __faasm_read_input(uint8_t *buffer, long length);
FAASM_HOST(__faasm_write_output) void __faasm_write_output(const char *output, long length);
FAASM_HOST(__faasm_chain_name)
unsigned int __faasm_chain_name(const char *name, const uint8_t *input, long length);
FAASM_HOST(__faasm_chain_ptr)
unsigned int __faasm_chain_ptr(int (*function)(void), const uint8_t *input, long length);
FAASM_HOST(__faasm_await_call) int __faasm_await_call(unsigned int call);
FAASM_HOST(__faasm_await_call_output)
int __faasm_await_call_output(unsigned int call, char **output, int *length);
FAASM_HOST(__faasm_conf_flag) unsigned int __faasm_conf_flag(const char *key);
FAASM_HOST(__faasm_backtrace) void __faasm_backtrace(int depth);
FAASM_HOST(__faasm_read_state) long __faasm_read_state(const char *key, uint8_t *buffer, long length);
FAASM_HOST(__faasm_write_state)
void __faasm_write_state(const char *key, const uint8_t *data, long length);

#ifdef __cplusplus
}
#endif

#endif
