#include "WasmModule.h"

#include <cstring>

namespace mini {

uint8_t Cursor::byte() { return *take(1); }

const uint8_t *Cursor::take(size_t size) {
  if (static_cast<size_t>(end - at) < size) throw Unsupported("the module ends in the middle of something");
  const uint8_t *start = at;
  at += size;
  return start;
}

uint64_t Cursor::unsignedLeb(int bits) {
  uint64_t value = 0;
  for (int shift = 0; shift < bits; shift += 7) {
    uint8_t next = byte();
    value |= static_cast<uint64_t>(next & 0x7f) << shift;
    if ((next & 0x80) == 0) return value;
  }
  throw Unsupported("a number is too long");
}

int64_t Cursor::signedLeb() {
  uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    uint8_t next = byte();
    value |= static_cast<uint64_t>(next & 0x7f) << shift;
    if ((next & 0x80) != 0) continue;
    if (shift + 7 < 64 && (next & 0x40) != 0) value |= ~uint64_t(0) << (shift + 7);
    return static_cast<int64_t>(value);
  }
  throw Unsupported("a number is too long");
}

template <typename T> T Cursor::fixed() {
  T value;
  memcpy(&value, take(sizeof value), sizeof value);
  return value;
}
template uint32_t Cursor::fixed();
template uint64_t Cursor::fixed();

std::string Cursor::text() {
  uint32_t size = u32();
  return std::string(reinterpret_cast<const char *>(take(size)), size);
}

static std::vector<ValueType> valueTypes(Cursor &in) {
  std::vector<ValueType> found(in.u32());
  for (ValueType &type : found) type = static_cast<ValueType>(in.byte());
  return found;
}

WasmModule::WasmModule(std::vector<uint8_t> file) : bytes(std::move(file)) {
  static const uint8_t magic[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  if (bytes.size() < 8 || memcmp(bytes.data(), magic, 8) != 0) throw Unsupported("not a WebAssembly 1.0 module");
  Cursor in(bytes.data() + 8, bytes.data() + bytes.size());
  while (!in.done()) {
    uint8_t id = in.byte();
    uint32_t size = in.u32();
    const uint8_t *start = in.take(size);
    Cursor section(start, start + size);
    readSection(id, section);
  }
  if (bodies.size() != functionTypes.size()) throw Unsupported("functions and their code do not agree");
}

const FunctionType &WasmModule::typeOf(uint32_t function) const {
  size_t imported = imports.size();
  return types.at(function < imported ? imports[function].type : functionTypes.at(function - imported));
}

void WasmModule::readSection(uint8_t id, Cursor &in) {
  if (id == 0) return readNames(in);
  if (id == 2) return readImports(in);
  if (id == 10) return readCode(in);
  if (id == 8) throw Unsupported("a start function");
  if (id > 11) return; // the count of data segments, and what came later
  for (uint32_t left = in.u32(); left > 0; left--) {
    if (id == 1) {
      if (in.byte() != 0x60) throw Unsupported("a type that is not a function's");
      FunctionType type;
      type.params = valueTypes(in);
      type.results = valueTypes(in);
      types.push_back(type);
    } else if (id == 3) {
      functionTypes.push_back(in.u32());
    } else if (id == 4) {
      in.byte();
      bool hasMost = in.byte() != 0;
      tableSize = in.u32();
      if (hasMost) in.u32();
    } else if (id == 5) {
      bool hasMost = in.byte() != 0;
      memoryPages = in.u32();
      if (hasMost) mostMemoryPages = in.u32();
    } else if (id == 6) {
      auto type = static_cast<ValueType>(in.byte());
      in.byte();
      globals.push_back({type, constant(in)});
    } else if (id == 7) {
      std::string name = in.text();
      uint8_t kind = in.byte();
      uint32_t index = in.u32();
      if (kind == 0) exportedFunctions[name] = index;
    } else if (id == 9) {
      if (in.u32() != 0) throw Unsupported("a passive or typed table segment");
      Elements segment;
      segment.offset = static_cast<uint32_t>(constant(in));
      segment.functions.resize(in.u32());
      for (uint32_t &function : segment.functions) function = in.u32();
      elements.push_back(segment);
    } else if (id == 11) {
      if (in.u32() != 0) throw Unsupported("a passive data segment");
      auto offset = static_cast<uint32_t>(constant(in));
      uint32_t size = in.u32();
      const uint8_t *start = in.take(size);
      data.push_back({offset, start, start + size});
    }
  }
}

void WasmModule::readImports(Cursor &in) {
  for (uint32_t left = in.u32(); left > 0; left--) {
    Import found;
    found.module = in.text();
    found.name = in.text();
    if (in.byte() != 0) throw Unsupported("the import " + found.module + "." + found.name + ", which is no function");
    found.type = in.u32();
    imports.push_back(found);
  }
}

void WasmModule::readCode(Cursor &in) {
  for (uint32_t left = in.u32(); left > 0; left--) {
    uint32_t size = in.u32();
    const uint8_t *start = in.take(size);
    Cursor code(start, start + size);
    Body body;
    for (uint32_t groups = code.u32(); groups > 0; groups--) {
      uint32_t count = code.u32();
      auto type = static_cast<ValueType>(code.byte());
      if (count > 50000) throw Unsupported("a function with very many locals");
      body.locals.insert(body.locals.end(), count, type);
    }
    body.begin = code.position();
    body.end = start + size;
    bodies.push_back(body);
  }
}

void WasmModule::readNames(Cursor &in) {
  if (in.text() != "name") return;
  while (!in.done()) {
    uint8_t id = in.byte();
    uint32_t size = in.u32();
    const uint8_t *start = in.take(size);
    if (id != 1) continue;
    Cursor map(start, start + size);
    for (uint32_t left = map.u32(); left > 0; left--) {
      uint32_t index = map.u32();
      names[index] = map.text();
    }
  }
}

uint64_t WasmModule::constant(Cursor &in) const {
  uint64_t value;
  switch (in.byte()) {
  case 0x41: value = static_cast<uint32_t>(in.s32()); break;
  case 0x42: value = static_cast<uint64_t>(in.s64()); break;
  case 0x43: value = in.fixed<uint32_t>(); break;
  case 0x44: value = in.fixed<uint64_t>(); break;
  default: throw Unsupported("an initial value that is not a constant");
  }
  if (in.byte() != 0x0b) throw Unsupported("an initial value that is not a constant");
  return value;
}

} // namespace mini
