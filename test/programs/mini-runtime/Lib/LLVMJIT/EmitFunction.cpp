#include "EmitFunction.h"

#include <llvm/IR/Intrinsics.h>

using llvm::BasicBlock;
using llvm::Type;
using llvm::Value;

namespace mini {

static Type *scalar(llvm::LLVMContext &context, ValueType type) {
  switch (type) {
  case I32: return Type::getInt32Ty(context);
  case I64: return Type::getInt64Ty(context);
  case F32: return Type::getFloatTy(context);
  case F64: return Type::getDoubleTy(context);
  }
  throw Unsupported("a value type later than WebAssembly 1.0");
}

llvm::FunctionType *llvmType(llvm::LLVMContext &context, const FunctionType &type) {
  if (type.results.size() > 1) throw Unsupported("a function with several results");
  std::vector<Type *> params;
  for (ValueType param : type.params) params.push_back(scalar(context, param));
  Type *result = type.results.empty() ? Type::getVoidTy(context) : scalar(context, type.results[0]);
  return llvm::FunctionType::get(result, params, false);
}

uint32_t canonicalType(const WasmModule &module, uint32_t type) {
  for (uint32_t first = 0; first < type; first++)
    if (module.types.at(first) == module.types.at(type)) return first;
  return type;
}

namespace {

struct Control {
  enum Kind { block, loop, conditional, whole } kind;
  BasicBlock *end, *target, *otherwise;
  Value *result; // a stack slot, null for none
  Type *type;
  size_t height;
};

class Emitter {
public:
  Emitter(llvm::Function *function, uint32_t number, const EmitRequest &request)
      : context(function->getContext()), function(function), request(request), module(request.module),
        in(module.bodies[number].begin, module.bodies[number].end), ir(context) {
    i1 = ir.getInt1Ty(), i8 = ir.getInt8Ty(), i16 = ir.getInt16Ty(), i32 = ir.getInt32Ty(), i64 = ir.getInt64Ty();
    f32 = ir.getFloatTy(), f64 = ir.getDoubleTy();
    ir.SetInsertPoint(BasicBlock::Create(context, "entry", function));
    for (llvm::Argument &argument : function->args()) {
      locals.push_back({slot(argument.getType()), argument.getType()});
      ir.CreateStore(&argument, locals.back().first);
    }
    for (ValueType type : module.bodies[number].locals) {
      Type *llvm = scalar(context, type);
      locals.push_back({slot(llvm), llvm});
      ir.CreateStore(llvm::Constant::getNullValue(llvm), locals.back().first);
    }
  }

  void emit() {
    Type *result = function->getReturnType();
    enter(Control::whole, result->isVoidTy() ? nullptr : result);
    while (!controls.empty()) instruction(in.byte());
    if (!in.done()) throw Unsupported("code after the end of a function");
  }

private:
  llvm::LLVMContext &context;
  llvm::Function *function;
  const EmitRequest &request;
  const WasmModule &module;
  Cursor in;
  llvm::IRBuilder<> ir;
  Type *i1, *i8, *i16, *i32, *i64, *f32, *f64;
  std::vector<Value *> stack;
  std::vector<std::pair<Value *, Type *>> locals;
  std::vector<Control> controls;

  Value *slot(Type *type) {
    BasicBlock &entry = function->getEntryBlock();
    llvm::IRBuilder<> start(&entry, entry.begin());
    return start.CreateAlloca(type);
  }
  BasicBlock *fresh() { return BasicBlock::Create(context, "", function); }
  void push(Value *value) { stack.push_back(value); }
  void pushBool(Value *value) { push(ir.CreateZExt(value, i32)); }

  // After a branch the stack may be read below what is there: such code never runs, so any value will do.
  Value *pop(Type *type = nullptr) {
    if (stack.size() == controls.back().height) return llvm::UndefValue::get(type == nullptr ? i32 : type);
    Value *top = stack.back();
    stack.pop_back();
    return top;
  }
  Value *popBool() { return ir.CreateICmpNE(pop(i32), ir.getInt32(0)); }
  void deadCode() { ir.SetInsertPoint(fresh()), stack.resize(controls.back().height); }

  Value *pointer(uint64_t address, Type *to) { return ir.CreateIntToPtr(ir.getInt64(address), to->getPointerTo()); }
  Value *callHost(uint64_t address, Type *result, llvm::ArrayRef<Value *> arguments) {
    std::vector<Type *> types;
    for (Value *argument : arguments) types.push_back(argument->getType());
    auto *type = llvm::FunctionType::get(result, types, false);
    return ir.CreateCall(type, pointer(address, type), arguments);
  }
  void trapIf(Value *condition, Trap why) {
    BasicBlock *bad = fresh(), *good = fresh();
    ir.CreateCondBr(condition, bad, good);
    ir.SetInsertPoint(bad);
    callHost(request.addresses.trap, ir.getVoidTy(), {ir.getInt32(static_cast<uint32_t>(why))});
    ir.CreateUnreachable();
    ir.SetInsertPoint(good);
  }

  // --- control flow -------------------------------------------------------------------------------------------

  Type *blockType() {
    uint8_t code = in.byte();
    if (code == 0x40) return nullptr;
    return scalar(context, static_cast<ValueType>(code));
  }
  void enter(Control::Kind kind, Type *type) {
    Control control{kind, fresh(), nullptr, nullptr, type == nullptr ? nullptr : slot(type), type, stack.size()};
    control.target = control.end;
    if (kind == Control::loop) {
      control.target = fresh();
      ir.CreateBr(control.target);
      ir.SetInsertPoint(control.target);
    } else if (kind == Control::conditional) {
      BasicBlock *then = fresh();
      control.otherwise = fresh();
      ir.CreateCondBr(popBool(), then, control.otherwise);
      ir.SetInsertPoint(then);
      control.height = stack.size();
    }
    controls.push_back(control);
  }
  void leave(const Control &control, bool isEnd) {
    if (control.result != nullptr && (isEnd || control.kind != Control::loop)) {
      Value *value = pop(control.type);
      ir.CreateStore(value, control.result);
      if (!isEnd) push(value);
    }
    ir.CreateBr(isEnd ? control.end : control.target);
  }
  void end() {
    Control control = controls.back();
    leave(control, true);
    if (control.otherwise != nullptr) {
      ir.SetInsertPoint(control.otherwise);
      ir.CreateBr(control.end);
    }
    controls.pop_back();
    stack.resize(control.height);
    ir.SetInsertPoint(control.end);
    Value *result = control.result == nullptr ? nullptr : ir.CreateLoad(control.type, control.result);
    if (control.kind != Control::whole) {
      if (result != nullptr) push(result);
    } else if (result != nullptr) ir.CreateRet(result);
    else ir.CreateRetVoid();
  }
  void otherwise() {
    Control &control = controls.back();
    leave(control, true);
    stack.resize(control.height);
    ir.SetInsertPoint(control.otherwise);
    control.otherwise = nullptr;
  }
  const Control &label(uint32_t depth) { return controls.at(controls.size() - 1 - depth); }
  void branchTable() {
    std::vector<uint32_t> depths(in.u32());
    for (uint32_t &depth : depths) depth = in.u32();
    const Control &usual = label(in.u32());
    Value *index = pop(i32);
    if (usual.result != nullptr && usual.kind != Control::loop) {
      Value *value = pop(usual.type);
      for (uint32_t depth : depths) ir.CreateStore(value, label(depth).result);
      ir.CreateStore(value, usual.result);
    }
    auto *jump = ir.CreateSwitch(index, usual.target, static_cast<unsigned>(depths.size()));
    for (uint32_t i = 0; i < depths.size(); i++) jump->addCase(ir.getInt32(i), label(depths[i]).target);
    deadCode();
  }
  void branchIf() {
    BasicBlock *taken = fresh(), *on = fresh();
    ir.CreateCondBr(popBool(), taken, on);
    ir.SetInsertPoint(taken);
    leave(label(in.u32()), false);
    ir.SetInsertPoint(on);
  }

  // --- calls --------------------------------------------------------------------------------------------------

  void call(Value *callee, const FunctionType &type) {
    llvm::FunctionType *llvm = llvmType(context, type);
    std::vector<Value *> arguments(type.params.size());
    for (size_t i = arguments.size(); i-- > 0;) arguments[i] = pop(llvm->getParamType(static_cast<unsigned>(i)));
    llvm::CallInst *result = ir.CreateCall(llvm, callee, arguments);
    result->setTailCallKind(llvm::CallInst::TCK_NoTail); // every caller stays visible
    if (!type.results.empty()) push(result);
  }
  void callIndirect() {
    uint32_t type = in.u32();
    in.byte();
    Value *index = pop(i32);
    trapIf(ir.CreateICmpUGE(index, ir.getInt32(module.tableSize)), Trap::table);
    Value *table = pointer(request.addresses.table, i64);
    Value *at = ir.CreateShl(ir.CreateZExt(index, i64), 1);
    Value *code = ir.CreateLoad(i64, ir.CreateGEP(i64, table, at));
    Value *found = ir.CreateLoad(i64, ir.CreateGEP(i64, table, ir.CreateAdd(at, ir.getInt64(1))));
    trapIf(ir.CreateICmpNE(found, ir.getInt64(canonicalType(module, type))), Trap::table);
    const FunctionType &signature = module.types.at(type);
    call(ir.CreateIntToPtr(code, llvmType(context, signature)->getPointerTo()), signature);
  }

  // --- memory -------------------------------------------------------------------------------------------------

  // Linear memory has 8 GiB of addresses reserved: an index and an offset of 32 bits each cannot leave them.
  Value *effective(Type *type) {
    in.u32(); // alignment, a hint
    uint64_t offset = in.u32();
    Value *index = ir.CreateAdd(ir.CreateZExt(pop(i32), i64), ir.getInt64(request.addresses.memory + offset));
    return ir.CreateIntToPtr(index, type->getPointerTo());
  }
  void load(Type *stored, Type *type, bool isSigned = false) {
    Value *value = ir.CreateAlignedLoad(stored, effective(stored), llvm::Align(1), false);
    if (stored != type) value = isSigned ? ir.CreateSExt(value, type) : ir.CreateZExt(value, type);
    push(value);
  }
  void store(Type *type, Type *stored) {
    Value *value = pop(type);
    Value *to = effective(stored);
    if (stored != type) value = ir.CreateTrunc(value, stored);
    ir.CreateAlignedStore(value, to, llvm::Align(1), false);
  }
  void memoryAccess(uint8_t op) {
    switch (op) {
    case 0x28: return load(i32, i32);
    case 0x29: return load(i64, i64);
    case 0x2a: return load(f32, f32);
    case 0x2b: return load(f64, f64);
    case 0x2c: case 0x2d: return load(i8, i32, op == 0x2c);
    case 0x2e: case 0x2f: return load(i16, i32, op == 0x2e);
    case 0x30: case 0x31: return load(i8, i64, op == 0x30);
    case 0x32: case 0x33: return load(i16, i64, op == 0x32);
    case 0x34: case 0x35: return load(i32, i64, op == 0x34);
    case 0x36: return store(i32, i32);
    case 0x37: return store(i64, i64);
    case 0x38: return store(f32, f32);
    case 0x39: return store(f64, f64);
    case 0x3a: return store(i32, i8);
    case 0x3b: return store(i32, i16);
    case 0x3c: return store(i64, i8);
    case 0x3d: return store(i64, i16);
    default: return store(i64, i32);
    }
  }

#include "EmitNumeric.inc"

  void global(uint8_t op) {
    uint32_t index = in.u32();
    Type *type = scalar(context, module.globals.at(index).type);
    Value *at = pointer(request.addresses.globals + 8 * uint64_t(index), type);
    if (op == 0x23) push(ir.CreateLoad(type, at));
    else ir.CreateStore(pop(type), at);
  }
  void select() {
    Value *condition = popBool();
    Value *no = pop();
    Value *yes = pop(no->getType());
    push(yes->getType() == no->getType() ? ir.CreateSelect(condition, yes, no) : yes);
  }

  void instruction(uint8_t op) {
    switch (op) {
    case 0x00:
      callHost(request.addresses.trap, ir.getVoidTy(), {ir.getInt32(static_cast<uint32_t>(Trap::unreachable))});
      ir.CreateUnreachable();
      return deadCode();
    case 0x01: return;
    case 0x02: return enter(Control::block, blockType());
    case 0x03: return enter(Control::loop, blockType());
    case 0x04: return enter(Control::conditional, blockType());
    case 0x05: return otherwise();
    case 0x0b: return end();
    case 0x0c: return leave(label(in.u32()), false), deadCode();
    case 0x0d: return branchIf();
    case 0x0e: return branchTable();
    case 0x0f: return leave(controls.front(), false), deadCode();
    case 0x10: {
      uint32_t index = in.u32();
      return call(request.callee(index), module.typeOf(index));
    }
    case 0x11: return callIndirect();
    case 0x1a: return static_cast<void>(pop());
    case 0x1b: return select();
    case 0x20: {
      auto &[at, type] = locals.at(in.u32());
      return push(ir.CreateLoad(type, at));
    }
    case 0x21: case 0x22: {
      auto &[at, type] = locals.at(in.u32());
      Value *value = pop(type);
      ir.CreateStore(value, at);
      return op == 0x22 ? push(value) : void();
    }
    case 0x23: case 0x24: return global(op);
    case 0x3f: return in.byte(), push(callHost(request.addresses.memorySize, i32, {}));
    case 0x40: return in.byte(), push(callHost(request.addresses.memoryGrow, i32, {pop(i32)}));
    case 0x41: return push(ir.getInt32(static_cast<uint32_t>(in.s32())));
    case 0x42: return push(ir.getInt64(static_cast<uint64_t>(in.s64())));
    case 0x43: return push(ir.CreateBitCast(ir.getInt32(in.fixed<uint32_t>()), f32));
    case 0x44: return push(ir.CreateBitCast(ir.getInt64(in.fixed<uint64_t>()), f64));
    default:
      if (op >= 0x28 && op <= 0x3e) return memoryAccess(op);
      return numeric(op);
    }
  }
};

} // namespace

void emitFunction(llvm::Function *function, uint32_t number, const EmitRequest &request) {
  Emitter(function, number, request).emit();
}

} // namespace mini
