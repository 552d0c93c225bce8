// Reads the parts of a WebAssembly binary (core specification 1.0, chapter 5) that running it needs.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace mini {

// Anything that is wrong with a file or asks for more than this runtime has; the message is for people.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The binary format's own codes of value types.
enum ValueType : uint8_t { I32 = 0x7f, I64 = 0x7e, F32 = 0x7d, F64 = 0x7c };

struct FunctionType {
  std::vector<ValueType> params, results;
  bool operator==(const FunctionType &other) const { return params == other.params && results == other.results; }
};

struct Import {
  std::string module, name;
  uint32_t type;
};

struct Body {
  std::vector<ValueType> locals;
  const uint8_t *begin, *end;
};

struct Global {
  ValueType type;
  uint64_t initial;
};

struct Elements {
  uint32_t offset;
  std::vector<uint32_t> functions;
};

struct Segment {
  uint32_t offset;
  const uint8_t *begin, *end;
};

// Walks bytes; reading past the end throws.
class Cursor {
public:
  Cursor(const uint8_t *begin, const uint8_t *end) : at(begin), end(end) {}
  bool done() const { return at == end; }
  const uint8_t *position() const { return at; }
  uint8_t byte();
  uint32_t u32() { return static_cast<uint32_t>(unsignedLeb(32)); }
  int32_t s32() { return static_cast<int32_t>(signedLeb()); }
  int64_t s64() { return signedLeb(); }
  template <typename T> T fixed();
  std::string text();
  const uint8_t *take(size_t size);

private:
  const uint8_t *at, *end;
  uint64_t unsignedLeb(int bits);
  int64_t signedLeb();
};

struct WasmModule {
  std::vector<uint8_t> bytes;
  std::vector<FunctionType> types;
  std::vector<Import> imports;
  // Of the defined functions: number N is the one that WAVM calls functionDefN.
  std::vector<uint32_t> functionTypes;
  std::vector<Body> bodies;
  std::vector<Global> globals;
  std::vector<Elements> elements;
  std::vector<Segment> data;
  std::map<std::string, uint32_t> exportedFunctions;
  std::map<uint32_t, std::string> names;
  uint32_t tableSize = 0, memoryPages = 0, mostMemoryPages = 65536;

  explicit WasmModule(std::vector<uint8_t> file);
  WasmModule(const WasmModule &) = delete;
  const FunctionType &typeOf(uint32_t function) const;

private:
  void readSection(uint8_t id, Cursor &in);
  void readImports(Cursor &in);
  void readCode(Cursor &in);
  void readNames(Cursor &in);
  uint64_t constant(Cursor &in) const;
};

} // namespace mini
